//! The report: one frozen model, and renderers that only read it.

pub mod model;
