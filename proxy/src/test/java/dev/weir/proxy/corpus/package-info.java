/// The attack corpus: raw messages in readable files, what must become of each, and how that is
/// shown: against a live proxy, beside HAProxy, read back by other parsers.
@NullMarked
package dev.weir.proxy.corpus;

import org.jspecify.annotations.NullMarked;
