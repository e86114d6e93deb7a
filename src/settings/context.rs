//! What a settings document is checked against.

use super::valid::{OperationsCentreSettings, Settings};
use crate::model::phone::PhoneNumber;
use serde_json::Value;

/// The version that routes calls now.
#[derive(Debug, Clone, Copy)]
pub struct Active<'a> {
    /// As it was typed.
    pub document: &'a Value,
    /// What it means.
    pub settings: &'a Settings,
}

/// What a document is checked against.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckContext<'a> {
    /// The operations centre of the installation and its recipients; None: none is set.
    pub operations_centre: Option<&'a OperationsCentreSettings>,
    /// The numbers of all our lines, of whatever organisation: no desk may be one of them.
    pub own_line_numbers: &'a [PhoneNumber],
    /// The organisation's own line here; None: it has none yet.
    pub organisation_line: Option<&'a PhoneNumber>,
    /// The version that is active now; None: the organisation is new.
    pub active: Option<Active<'a>>,
    /// What the person who saves has confirmed.
    pub confirmed: &'a [String],
}
