/// Balancing algorithms: pure choices among candidates. No clock, no randomness of their own, no
/// I/O.
@NullMarked
package dev.weir.proxy.balance;

import org.jspecify.annotations.NullMarked;
