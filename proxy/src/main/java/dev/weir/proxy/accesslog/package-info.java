/// Access logs: one line for each request or connection, formatted on the loop, written by one
/// thread that never makes a loop wait.
@NullMarked
package dev.weir.proxy.accesslog;

import org.jspecify.annotations.NullMarked;
