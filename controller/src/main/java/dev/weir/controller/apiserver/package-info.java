/// The connection to the API server: a client whose watches notice within a minute that nobody is
/// there any more, and begin again where they were.
///
/// [dev.weir.controller.apiserver.ApiServer] is all that others need. What is watched is not here.
@NullMarked
package dev.weir.controller.apiserver;

import org.jspecify.annotations.NullMarked;
