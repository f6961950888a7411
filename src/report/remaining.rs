//! What is left of the damage, as it goes into the report, and the words over it.

use super::model::{AvoidedBy, PlanRemaining};
use super::wording::count;
use crate::damage::Remaining;

impl From<&Remaining> for PlanRemaining {
    fn from(left: &Remaining) -> Self {
        Self {
            namespace: left.key.namespace.clone(),
            name: left.key.name.clone(),
            harm: left.harm.as_str(),
            cause: left.cause.as_str(),
            confidence: left.confidence.as_str(),
            step: left.at.map(|(step, _)| step),
            event: left.at.map(|(_, event)| event),
            text: left.text.clone(),
            advice: left.advice.clone(),
            restore_before: left.restore_before,
            avoided_by: left.avoided_by.as_ref().map(|avoided| AvoidedBy {
                plan: avoided.plan.clone(),
                verdict: avoided.verdict.as_str(),
                text: avoided.text.clone(),
            }),
        }
    }
}

/// What a cause means, beside so many plans.
pub(super) fn cause(cause: &str, compared: usize) -> String {
    match cause {
        "restore" if compared < 2 => "The restore causes it, and no other plan was compared".to_owned(),
        "restore" => {
            let plans = count(compared, "plan", "plans");
            format!("The restore causes it, and none of the {plans} that were compared avoids it")
        }
        "trade-off" => "The restore causes it; another plan avoids it and does no less damage in sum".to_owned(),
        "release" => {
            "The restore does not cause it: under the target's release and flags the source does the same as it stands"
                .to_owned()
        }
        "target" => "The restore does not cause it: the target does the same as it stands".to_owned(),
        "due" => "Its renewal falls due before the restore".to_owned(),
        "source" => "The restore does not cause it: the source does the same as it stands".to_owned(),
        other => other.to_owned(),
    }
}

/// What is said of a plan that does no harm.
pub(super) const NOTHING: &str = "Nothing: this plan re-issues, blocks, loses and orphans no Certificate.";

/// One line on a Certificate, without the name.
pub(super) fn line(left: &PlanRemaining) -> String {
    let avoided = left.avoided_by.as_ref().map_or_else(String::new, |avoided| format!(" {}", avoided.text));
    let assumed = if left.confidence == "assumed" { " (assumed)" } else { "" };
    format!("{}{avoided}{assumed}", left.text)
}
