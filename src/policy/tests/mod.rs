//! Truth tables of helpers and policies, and what holds for the table of policies as a whole.

mod assessing;
mod case;
mod chains;
mod fuzzy;
mod gathering;
mod index;
mod literal;
mod payloads;
mod renewal;
mod requests;
mod rewrites;
mod schedules;
mod support;
mod violations;
