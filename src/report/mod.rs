//! The report: one frozen model, and renderers that only read it.
//!
//! A renderer computes no verdict. What a reader sees (order, grouping, words) is decided once, in [`wording`] and in the
//! view that the templates get, so that the table, the Markdown and the HTML of one run never tell different stories.

pub mod build;
mod chart;
mod csv;
mod format;
mod github;
mod grade;
mod junit;
mod markdown;
pub mod model;
pub mod observation;
mod page;
mod policy_report;
mod prometheus;
mod remaining;
mod render;
pub mod renewals;
mod sarif;
mod table;
mod template;
mod text;
pub mod upgrade;
mod view;
pub mod wording;

pub use format::{Format, UnknownFormat};
pub use model::Report;
pub use render::{RenderError, RenderOptions, render};
pub(crate) use text::wrap;
