//! What a traveller meant by keys, words or a text.
