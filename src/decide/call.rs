//! The step function of a call.
