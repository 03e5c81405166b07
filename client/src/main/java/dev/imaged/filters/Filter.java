package dev.imaged.filters;

public final class Filter {}
