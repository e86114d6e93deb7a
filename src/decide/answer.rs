//! What words mean.

use crate::model::answer::{Answer, Understood};

/// What words mean.
#[must_use]
pub fn words(text: &str, centre_names: &[&str]) -> Understood {
    let known = centre_names.iter().any(|name| text.contains(name));
    Understood { answer: if known { Answer::Help } else { Answer::Unclear }, because: Vec::new() }
}
