/// What the parts of the controller measure with. Knows nobody.
@NullMarked
package dev.weir.controller.metrics;

import org.jspecify.annotations.NullMarked;
