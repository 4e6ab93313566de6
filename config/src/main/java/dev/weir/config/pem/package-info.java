/// Certificates, keys and revocation lists as PEM (RFC 7468), read and checked: what a user gave,
/// before anybody runs it. [ServerTrust] is the shape in which both programs judge what servers
/// show.
///
/// Pure. Messages name what is wrong and never what is in a key.
@NullMarked
package dev.weir.config.pem;

import org.jspecify.annotations.NullMarked;
