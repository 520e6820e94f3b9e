"""A file a parser: a function that takes a fuzzer's bytes and asserts what must always hold."""
