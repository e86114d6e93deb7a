//! Posts signed webhooks as Twilio does: form bodies, an idempotency token that stays the same over retries, one retry where
//! the connection failed or the answer was an error, then the fallback URL (reference: Twilio, "Webhook delivery").

use crate::dialect::ProviderRequest;
use crate::model::phone::PhoneNumber;
use crate::simulator::observation::What;
use crate::simulator::provider::Provider;
use crate::simulator::signer;

/// One webhook.
#[derive(Debug, Clone)]
pub struct Webhook<'a> {
    /// The URL, byte for byte as the document or order named it.
    pub url: &'a str,
    /// The parameters.
    pub parameters: Vec<(String, String)>,
    /// Asked for when `url` gives no answer.
    pub fallback_url: Option<&'a str>,
}

/// The parameters from pairs of text.
#[must_use]
pub fn parameters(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The form body of these parameters.
#[must_use]
pub fn body(parameters: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

impl Provider {
    /// Posts a webhook and returns the body of a good answer. None: no good answer, not even from the fallback URL.
    pub async fn post(&self, call: &str, phone: &PhoneNumber, webhook: Webhook<'_>) -> Option<String> {
        if self.loses(&body(&webhook.parameters)) {
            return None;
        }
        let token = self.fresh_sid("simulated-");
        for _ in 0..2 {
            if let Some(body) = self.post_once(call, phone, webhook.url, &webhook.parameters, &token).await {
                return Some(body);
            }
        }
        let fallback = webhook.fallback_url?;
        let mut parameters = webhook.parameters;
        parameters.push(("ErrorCode".to_owned(), "11200".to_owned()));
        parameters.push(("ErrorUrl".to_owned(), webhook.url.to_owned()));
        let token = self.fresh_sid("simulated-");
        self.post_once(call, phone, fallback, &parameters, &token).await
    }

    async fn post_once(
        &self,
        call: &str,
        phone: &PhoneNumber,
        url: &str,
        parameters: &[(String, String)],
        token: &str,
    ) -> Option<String> {
        let body = body(parameters);
        let signature = signer::sign(url, parameters, &self.config.auth_token);
        let request = ProviderRequest {
            method: "POST",
            url: url.to_owned(),
            headers: vec![
                ("content-type", "application/x-www-form-urlencoded; charset=UTF-8".to_owned()),
                ("x-twilio-signature", signature),
                ("i-twilio-idempotency-token", token.to_owned()),
            ],
            basic: None,
            body: body.clone(),
        };
        let answer = self.carrier.send(request).await;
        let (status, text) = match &answer {
            Ok(response) => (response.status, String::from_utf8_lossy(&response.body).into_owned()),
            Err(_) => (0, String::new()),
        };
        let response = format!("{status}\n{text}");
        self.observe(call, phone, What::Exchange { request: format!("POST {url}\n{body}"), response });
        if !(200..300).contains(&status) {
            self.observe(call, phone, What::Fault(format!("11200: the webhook answered {status}")));
            return None;
        }
        Some(text)
    }
}
