//! The rules of restores, one test each, on small worlds built by hand.

mod admission;
mod backup;
mod controller;
mod issuance;
mod kubectl;
mod lab;
mod listener_sets;
mod modifiers;
mod properties;
mod targets;
mod timing;
mod velero;
