/// Edits of headers: compiled from the configuration into bytes, applied while a head is copied. No
/// decisions, no channels, no Strings per request. Thread: compiled edits may be used on every
/// loop, facts belong to one connection.
@NullMarked
package dev.weir.proxy.edit;

import org.jspecify.annotations.NullMarked;
