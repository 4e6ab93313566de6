/// Tests of the homes that need an engine for containers: images and compose, as a user builds and
/// runs them.
@NullMarked
package dev.weir.homes;

import org.jspecify.annotations.NullMarked;
