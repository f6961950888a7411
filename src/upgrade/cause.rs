//! Why two releases judge a Certificate differently, found by judging it under mixtures of both.

use super::parameter::{PARAMETERS, Parameter};
use super::{Upgrade, outcome};
use crate::object::Certificate;
use crate::release::{Release, Version};
use crate::verdict::{Judgement, Scene, judge};

/// What of the releases makes a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The parameter's id.
    pub id: &'static str,
    /// The first release that is like the one after.
    pub since: Version,
    /// What changed, in a sentence.
    pub text: &'static str,
}

/// The causes of a difference. One parameter that makes the release before judge like the one after is the cause; else one
/// without which the release after judges like the one before; else those that move the verdict when all are taken over in turn.
pub(super) fn causes(upgrade: &Upgrade<'_>, after: &Scene<'_>, was: &Judgement, is: &Judgement) -> Vec<Cause> {
    let Some(certificate) = after.world.certificate(&is.key) else { return Vec::new() };
    let (from, to) = (upgrade.from(), after.release);
    let differing: Vec<&Parameter> = PARAMETERS.iter().filter(|parameter| parameter.differs(from, to)).collect();
    let (was, is) = (outcome(was), outcome(is));
    let under = |release: &Release| outcome(&judge(&Scene { release, ..*after }, certificate));
    let suffices = |parameter: &&&Parameter| under(&parameter.taken_from(from, to)) == is;
    let matters = |parameter: &&&Parameter| under(&parameter.taken_from(to, from)) == was;
    let one = differing.iter().find(suffices).or_else(|| differing.iter().find(matters));
    let found = one.map_or_else(|| in_turn(after, certificate, from, to, &differing), |parameter| vec![*parameter]);
    let newer = if from.version <= to.version { is } else { was };
    let mixed_into = if from.version <= to.version { to } else { from };
    let cause = |parameter: &Parameter| Cause {
        id: parameter.id,
        since: parameter
            .since(from, to, after.flags, |release| under(&parameter.taken_from(mixed_into, release)) == newer),
        text: parameter.text,
    };
    found.into_iter().map(cause).collect()
}

fn in_turn<'p>(
    after: &Scene<'_>,
    certificate: &Certificate,
    from: &Release,
    to: &Release,
    differing: &[&'p Parameter],
) -> Vec<&'p Parameter> {
    let under = |release: &Release| judge(&Scene { release, ..*after }, certificate);
    let mut release = from.clone();
    let mut last = under(&release);
    let mut found = Vec::new();
    for parameter in differing {
        release = parameter.taken_from(&release, to);
        let next = under(&release);
        if outcome(&next) != outcome(&last) {
            found.push(*parameter);
        }
        last = next;
    }
    found
}
