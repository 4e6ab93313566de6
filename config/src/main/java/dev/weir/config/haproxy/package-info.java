/// Reads `haproxy.cfg`: yields a LoadBalancer, process settings and a report, and nothing else.
/// What it takes has a field in the manifest; what it does not take is refused with its line, its
/// meaning and what to do; nothing is skipped silently.
///
/// In the order of a file's way: [Tokenizer] (words of a line), [Sections] (lines of a section),
/// [Directives] (the one table of what is understood), [ProxyDraft] (a section with what it
/// inherited), [Assembly] (the LoadBalancer). Pure, apart from [ConvertCommand], which reads files.
/// Not here: what the proxy makes of the LoadBalancer.
@NullMarked
package dev.weir.config.haproxy;

import org.jspecify.annotations.NullMarked;
