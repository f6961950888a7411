//! Octets that are overwritten when they are no longer needed.

use std::fmt;
use std::ops::{Deref, DerefMut};

use zeroize::optimization_barrier;

/// Octets that may be secret: overwritten when dropped, with the room behind them, and never printed.
///
/// [`zeroize::Zeroizing`] writes octet by octet, which takes as long as decoding what stood there. This fills the memory at
/// once, and the same crate's barrier keeps the compiler from leaving that out.
#[derive(Default)]
pub(crate) struct Wiped(Vec<u8>);

impl Wiped {
    /// Takes octets over.
    pub(crate) const fn new(octets: Vec<u8>) -> Self {
        Self(octets)
    }

    /// Nothing, with room for so many octets: a buffer that grows leaves its old copy behind.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// So many zeros.
    pub(crate) fn zeros(length: usize) -> Self {
        Self(vec![0; length])
    }

    /// Overwrites everything, and what was cut off before: all of the room holds zeros then.
    pub(crate) fn wipe(&mut self) {
        self.0.clear();
        self.0.resize(self.0.capacity(), 0);
        optimization_barrier(self.0.as_slice());
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl Deref for Wiped {
    type Target = Vec<u8>;
    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl fmt::Debug for Wiped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} octets)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A buffer that moved would leave behind what stood in it.
    #[test]
    fn what_is_wiped_stays_where_it_is() {
        let mut octets = Wiped::with_capacity(100);
        octets.extend_from_slice(&[7; 90]);
        octets.truncate(10);
        let (room, place) = (octets.capacity(), octets.as_ptr());
        octets.wipe();
        assert_eq!((&**octets, octets.capacity(), octets.as_ptr()), (&*vec![0; room], room, place));
    }

    #[test]
    fn nothing_of_it_is_printed() {
        assert_eq!(format!("{:?}", Wiped::new(vec![42; 3])), "(3 octets)");
    }
}
