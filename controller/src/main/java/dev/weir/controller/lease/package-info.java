/// Who leads: one replica at a time, by a Lease that is judged by the time that passes here and not
/// by anybody's clock.
@NullMarked
package dev.weir.controller.lease;

import org.jspecify.annotations.NullMarked;
