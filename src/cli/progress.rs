//! Progress on stderr, for anything over a second, on a terminal only.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::Shared;
use super::shared::live_options;
use crate::object::decode::Texts;
use crate::source::{LoadOptions, Loaded, Progress, SourceSpec, load};

/// How long a run may take before it shows progress.
const PATIENCE: Duration = Duration::from_secs(1);

/// Loads sources; after a second, tells how far it has come.
pub(super) fn load_with_progress(specs: &[SourceSpec], shared: &Shared, texts: Texts) -> Loaded {
    load_with(specs, shared, LoadOptions { complete: shared.complete, texts, ..LoadOptions::default() })
}

/// Loads sources with these options.
pub(super) fn load_with(specs: &[SourceSpec], shared: &Shared, options: LoadOptions<'_>) -> Loaded {
    let live = live_options(shared);
    let options = LoadOptions { live: Some(&live), ..options };
    if shared.quiet || !std::io::stderr().is_terminal() {
        return load(specs, &options);
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {bytes} {bytes_per_sec}") {
        bar.set_style(style);
    }
    let started = Instant::now();
    let tell = |progress: Progress| {
        if started.elapsed() < PATIENCE {
            return;
        }
        if bar.is_hidden() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_message(format!("reading {} ({} objects)", progress.location, progress.objects));
        bar.set_position(progress.bytes_read);
    };
    let loaded = load(specs, &LoadOptions { progress: Some(&tell), ..options });
    bar.finish_and_clear();
    loaded
}
