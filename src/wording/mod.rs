//! All words for people: what travellers, desks and duty officers hear and read. Layer 1: no I/O.
