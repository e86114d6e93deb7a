//! Does a document do what was decided? What was decided but is not in the document did not happen on the telephone; what
//! is dialled without a decision did.

use crate::app::scenario::Action;
use crate::simulator::document::Element;

/// The actions that really happened: all that need no document, and of the others those that the document carries out.
/// `dialling`: the desk that is being called anyway; `ours`: the line's number, the caller id of every forward;
/// `emergency_number`: what a reply must hold.
pub(super) fn happened(
    decided: Vec<Action>,
    verbs: &[Element],
    dialling: Option<&str>,
    ours: &str,
    emergency_number: &str,
) -> Vec<Action> {
    let mut all: Vec<Action> = decided
        .into_iter()
        .filter(|action| match action {
            Action::Prompt { .. } => has_question(verbs),
            Action::Forward { phone, timeout_s, must_confirm, .. } => has_forward(verbs, phone, *timeout_s, *must_confirm, ours),
            Action::Say { .. } => verbs.iter().any(speaks),
            Action::HangUp => verbs.last().is_some_and(|verb| verb.name == "Hangup"),
            Action::Refuse => verbs.first().is_some_and(|verb| verb.name == "Reject"),
            Action::ReplySms { .. } => has_reply(verbs, emergency_number),
            Action::Record { .. } | Action::Alert { .. } | Action::Retry { .. } | Action::Nothing => true,
        })
        .collect();
    for phone in dialled(verbs) {
        let decided = all.iter().any(|action| matches!(action, Action::Forward { phone: desk, .. } if *desk == phone));
        if !decided && dialling != Some(phone.as_str()) {
            all.push(Action::Forward { role: "nobody decided this".to_owned(), phone, timeout_s: 0, must_confirm: false });
        }
    }
    if all.is_empty() {
        all.push(Action::Nothing);
    }
    all
}

/// Every number that a document dials.
pub(super) fn dialled(verbs: &[Element]) -> Vec<String> {
    let dials = verbs.iter().filter(|verb| verb.name == "Dial");
    dials.flat_map(|dial| &dial.children).map(|number| number.text.trim().to_owned()).collect()
}

fn speaks(verb: &Element) -> bool {
    (verb.name == "Say" && !verb.text.trim().is_empty()) || verb.children.iter().any(speaks)
}

/// A question is put, and its answer, even silence, comes back.
fn has_question(verbs: &[Element]) -> bool {
    verbs.iter().any(|verb| {
        let comes_back = verb.attribute("action").is_some() && verb.attribute("actionOnEmptyResult") == Some("true");
        verb.name == "Gather" && comes_back && speaks(verb)
    })
}

/// The desk rings, and a desk that must confirm gets a document first.
fn has_forward(verbs: &[Element], phone: &str, ring_seconds: u16, must_confirm: bool, ours: &str) -> bool {
    verbs.iter().any(|verb| {
        let rings = verb.number("timeout") == Some(u32::from(ring_seconds)) && verb.attribute("callerId") == Some(ours);
        let [number] = verb.children.as_slice() else { return false };
        let asks = !must_confirm || number.attribute("url").is_some();
        verb.name == "Dial" && rings && asks && verb.attribute("action").is_some() && number.text.trim() == phone
    })
}

fn has_reply(verbs: &[Element], emergency_number: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    verbs.iter().any(|verb| verb.name == "Message" && digits(&verb.text).contains(&digits(emergency_number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::document;

    const LINE: &str = "+493023125000";
    const DESK: &str = "+493023125010";

    fn forward() -> Action {
        Action::Forward { role: "own_contact".to_owned(), phone: DESK.to_owned(), timeout_s: 25, must_confirm: true }
    }

    fn check(decided: &[Action], body: &str, dialling: Option<&str>, expect: &[Action]) {
        let verbs = document::read(&format!("<Response>{body}</Response>")).unwrap();
        assert_eq!(happened(decided.to_vec(), &verbs, dialling, LINE, LINE), expect, "{body}");
    }

    #[test]
    fn a_forward_happens_only_with_its_number_time_and_caller_id() {
        let dial = |caller: &str, timeout: u8, desk: &str| {
            format!(
                r#"<Dial action="https://a.example/" callerId="{caller}" timeout="{timeout}"><Number url="https://a.example/">{desk}</Number></Dial>"#
            )
        };
        check(&[forward()], &dial(LINE, 25, DESK), None, &[forward()]);
        check(&[forward()], "<Hangup/>", None, &[Action::Nothing]);
        for wrong in [dial(DESK, 25, DESK), dial(LINE, 24, DESK)] {
            check(&[forward()], &wrong, Some(DESK), &[Action::Nothing]);
        }
        let other = happened(
            vec![forward()],
            &document::read("<Response><Dial><Number>+493023125011</Number></Dial></Response>").unwrap(),
            Some(DESK),
            LINE,
            LINE,
        );
        assert!(matches!(other.as_slice(), [Action::Forward { role, .. }] if role == "nobody decided this"));
    }

    #[test]
    fn words_questions_and_hang_ups_happen_only_where_they_stand() {
        let say = Action::Say { key: "goodbye_safe".to_owned() };
        check(&[say.clone(), Action::HangUp], "<Gather><Say>x</Say></Gather><Hangup/>", None, &[say.clone(), Action::HangUp]);
        check(&[say.clone(), Action::HangUp], "<Say>x</Say>", None, &[say]);
        let prompt = Action::Prompt { choices: Vec::new(), language: "de".to_owned(), attempt: 1 };
        let heard = r#"<Gather action="https://a.example/" actionOnEmptyResult="true"><Say>x</Say></Gather>"#;
        check(std::slice::from_ref(&prompt), heard, None, std::slice::from_ref(&prompt));
        check(
            std::slice::from_ref(&prompt),
            r#"<Gather action="https://a.example/"><Say>x</Say></Gather>"#,
            None,
            &[Action::Nothing],
        );
        let reply = Action::ReplySms { contains: "emergency_number".to_owned() };
        check(std::slice::from_ref(&reply), "<Message>+49 30 23125000</Message>", None, std::slice::from_ref(&reply));
        check(&[reply], "<Message>+49 30 23125001</Message>", None, &[Action::Nothing]);
    }
}
