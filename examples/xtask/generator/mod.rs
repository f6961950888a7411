//! Seeded random cases: a healthy Certificate of some shape, and mutations of everything that a check can see.

mod case;
mod der;
mod in_extensions;
mod in_keys;
mod in_names;
mod in_objects;
mod in_pem;
mod in_renewal;
mod in_request;
mod in_status;
mod in_subject;
mod keys;
mod literal;
mod mutation;
mod pem;
mod pki;
mod random;
mod shape;

use anyhow::{Result, ensure};

use self::keys::Key;
use self::mutation::{ALL, Bench, Mutation, Stage};
use self::random::Random;
use crate::conformance::question::Question;

/// Makes the cases of a seed; the same ones on every machine.
pub(crate) struct Generator {
    seed: u64,
    mutations: Vec<&'static Mutation>,
    pool: Vec<Key>,
}

impl Generator {
    /// With mutations of the named kinds, or of all if none is named.
    pub(crate) fn new(seed: u64, only: &[String]) -> Result<Self> {
        let wanted = |row: &&Mutation| only.is_empty() || only.iter().any(|kind| kind == row.kind);
        let mutations: Vec<&Mutation> = ALL.iter().filter(wanted).collect();
        ensure!(
            !mutations.is_empty(),
            "no mutation of that kind; there are: {}",
            kinds().collect::<Vec<_>>().join(", ")
        );
        Ok(Self { seed, mutations, pool: keys::pool()? })
    }

    /// The case of a number: a healthy Certificate with one to six mutations, seldom none.
    pub(crate) fn case(&self, number: u64) -> Question {
        let Self { seed, mutations, pool } = self;
        let mut random = Random::of_case(*seed, number);
        let mut case = shape::healthy(format!("{seed}-{number}"), pool, &mut random);
        let count = random.choose(&[0, 1, 1, 1, 1, 2, 2, 3, 4, 6]).max(usize::from(mutations.len() < 3));
        let mut chosen: Vec<&Mutation> = (0..count).map(|_| mutations[random.below(mutations.len())]).collect();
        chosen.sort_by_key(|row| row.stage);
        let mut done = 0;
        for stage in [Stage::Facts, Stage::Der, Stage::Pem, Stage::Objects] {
            match stage {
                Stage::Facts | Stage::Objects => {}
                Stage::Der => case.encode_der(),
                Stage::Pem => case.encode_pem(),
            }
            while let Some(row) = chosen.get(done).filter(|row| row.stage == stage) {
                case.kinds.push(row.kind);
                (row.apply)(&mut Bench { case: &mut case, random: &mut random, pool });
                done += 1;
            }
        }
        case.question()
    }
}

/// The kinds of mutations.
pub(crate) fn kinds() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|row| row.kind)
}
