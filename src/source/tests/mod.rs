//! Sources end to end: bytes in, world and problems out.

mod bad_input;
mod cut_list;
mod helpers;
mod kubectl;
mod large;
mod properties;
mod truncation;
mod velero;
