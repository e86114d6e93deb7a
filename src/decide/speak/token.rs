//! Step tokens made from the state of a call: the compact copy that can go on without a database.

use crate::decide::speak::Standing;
use crate::model::call_state::Forward;
use crate::model::desk::DeskPosition;
use crate::model::token::{CallbackKind, StepToken};
use chrono::SubsecRound;

/// The token carries this many of the last keys: the two before the last of an emergency number.
const TOKEN_KEYS: usize = 2;

impl Standing<'_> {
    /// A token of the traveller's line.
    pub(super) fn token(&self, kind: CallbackKind) -> StepToken {
        let state = self.state;
        let skipped = state.keys.chars().count().saturating_sub(TOKEN_KEYS);
        let traveller = match state.travellers.as_slice() {
            [one] => Some(*one),
            _ => None,
        };
        StepToken {
            call: state.call,
            step: self.step,
            leg: 0,
            kind,
            direction: state.direction,
            traveller,
            language: state.language.clone(),
            ask: state.ask,
            heard: state.heard,
            keys: state.keys.chars().skip(skipped).collect(),
            answer: state.answer,
            tried: state.tried_mask,
            version: state.version,
            issued_at: self.now.trunc_subsecs(0),
        }
    }

    /// A token of a forward: its desk counts as tried.
    pub(super) fn leg_token(&self, kind: CallbackKind, forward: &Forward) -> StepToken {
        let token = self.token(kind);
        StepToken { leg: forward.leg, tried: token.tried | bit(forward.desk.position), ..token }
    }
}

/// A desk's bit in the mask of desks tried; none for a place that a settings document cannot have.
pub(super) fn bit(position: DeskPosition) -> u32 {
    1_u32.checked_shl(u32::from(position.0)).unwrap_or(0)
}
