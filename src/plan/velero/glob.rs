//! Velero's pairs of an include and an exclude list, with globs.

use globset::{GlobBuilder, GlobMatcher};

/// A pair of lists, ready to be asked (`pkg/util/collections/includes_excludes.go@v1.18.1`).
#[derive(Clone, Debug, Default)]
pub struct Filter {
    included: Vec<Pattern>,
    excluded: Vec<Pattern>,
    everything: bool,
}

/// One entry of a list.
#[derive(Clone, Debug)]
enum Pattern {
    All,
    Text(Box<str>),
    Glob(GlobMatcher),
    /// It does not compile: it never matches.
    Broken,
}

/// Whether an entry is a pattern rather than a name.
#[must_use]
pub fn is_glob(entry: &str) -> bool {
    entry.contains(['*', '?', '[', '{', '\\'])
}

impl Pattern {
    fn new(entry: &str) -> Self {
        match entry {
            "*" => Self::All,
            _ if !is_glob(entry) => Self::Text(entry.into()),
            // Without separator characters `*` runs over dots, too.
            _ => GlobBuilder::new(entry)
                .literal_separator(false)
                .build()
                .map_or(Self::Broken, |glob| Self::Glob(glob.compile_matcher())),
        }
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Text(text) => **text == *name,
            Self::Glob(glob) => glob.is_match(name),
            Self::Broken => false,
        }
    }
}

impl Filter {
    /// Makes a filter of two lists; an empty list of includes means all.
    #[must_use]
    pub fn new<T: AsRef<str>>(included: &[T], excluded: &[T]) -> Self {
        let patterns = |list: &[T]| list.iter().map(|entry| Pattern::new(entry.as_ref())).collect::<Vec<_>>();
        let included = patterns(included);
        let everything = excluded.is_empty() && matches!(&*included, [] | [Pattern::All]);
        Self { included, excluded: patterns(excluded), everything }
    }

    /// Whether a name passes.
    #[must_use]
    pub fn should_include(&self, name: &str) -> bool {
        !self.excludes(name) && (self.included.is_empty() || self.names(name))
    }

    /// Whether nothing at all is filtered.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.everything
    }

    /// Whether no exclude matches any of these names, and an include does, if there are any: for a resource that has
    /// several names and is not one of ours.
    #[must_use]
    pub fn includes_any(&self, names: &[&str]) -> bool {
        !names.iter().any(|name| self.excludes(name))
            && (self.included.is_empty() || names.iter().any(|name| self.names(name)))
    }

    /// Whether an entry of the includes matches; an empty list names nothing.
    #[must_use]
    pub fn names(&self, name: &str) -> bool {
        self.included.iter().any(|pattern| pattern.matches(name))
    }

    /// Whether an entry of the excludes matches.
    #[must_use]
    pub fn excludes(&self, name: &str) -> bool {
        self.excluded.iter().any(|pattern| pattern.matches(name))
    }

    /// Whether there is no include.
    #[must_use]
    pub const fn has_no_includes(&self) -> bool {
        self.included.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r12_should_include_and_everything() {
        type Row = (&'static [&'static str], &'static [&'static str], &'static str, bool, bool);
        const ROWS: &[Row] = &[
            (&[], &[], "a", true, true),
            (&["*"], &[], "a", true, true),
            (&["a"], &[], "a", true, false),
            (&["a"], &[], "b", false, false),
            (&["a", "b"], &["a"], "a", false, false),
            (&["a", "b"], &["a"], "b", true, false),
            (&["*"], &["a"], "b", true, false),
            (&["*"], &["a"], "a", false, false),
        ];
        for (included, excluded, name, passes, everything) in ROWS {
            let filter = Filter::new(included, excluded);
            assert_eq!(filter.should_include(name), *passes, "{filter:?} {name}");
            assert_eq!(filter.is_everything(), *everything, "{filter:?}");
        }
    }

    #[test]
    fn r11_globs() {
        const ROWS: &[(&str, &str, bool)] = &[
            ("*.cert-manager.io", "certificates.cert-manager.io", true),
            ("*.cert-manager.io", "orders.acme.cert-manager.io", true),
            ("*.cert-manager.io", "secrets", false),
            ("cert*", "certificates.cert-manager.io", true),
            ("app-?", "app-1", true),
            ("app-?", "app-12", false),
            ("app-[ab]", "app-b", true),
            ("app-[!ab]", "app-b", false),
            ("app-[!ab]", "app-c", true),
            ("{orders,challenges}.acme.cert-manager.io", "challenges.acme.cert-manager.io", true),
            ("app-[", "app-[", false),
        ];
        for (pattern, name, matches) in ROWS {
            assert_eq!(Filter::new(&[*pattern], &[]).should_include(name), *matches, "{pattern} {name}");
        }
    }
}
