//! Which desks, in which order.
