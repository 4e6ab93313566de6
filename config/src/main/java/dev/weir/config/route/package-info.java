/// What routes mean, said once and without any regard to speed. Proxies compile the same meaning
/// into tables, and a test holds both to the same answers. Pure.
@NullMarked
package dev.weir.config.route;

import org.jspecify.annotations.NullMarked;
