/// The control plane: knows the API and the config, never a proxy's insides.
@NullMarked
package dev.weir.controller;

import org.jspecify.annotations.NullMarked;
