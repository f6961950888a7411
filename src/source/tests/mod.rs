//! Sources end to end: bytes in, world and problems out.

mod bad_input;
mod cut_list;
mod etcd;
mod etcd_file;
mod helpers;
mod kubectl;
mod large;
mod properties;
mod rancher;
mod truncation;
mod velero;
