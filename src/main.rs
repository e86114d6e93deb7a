//! assistline: the command.

fn main() {}
