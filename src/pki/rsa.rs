//! Consistency of RSA private keys, by the rules of crypto/rsa before Go 1.24 and of its FIPS module since
//! (rules 2.5, corrections 3).

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, ConcatenatingMul as _, Limb, NonZero, Resize as _};
use zeroize::Zeroizing;

use super::era::{Change, Era};

/// Beyond this many octets no number of a key is looked at: Go would take minutes.
const LONGEST: usize = 1 << 15;

/// The numbers of a key, as magnitudes without leading zeros.
#[derive(Debug)]
pub(crate) struct Numbers<'a> {
    /// Modulus.
    pub(crate) modulus: &'a [u8],
    /// Public exponent.
    pub(crate) exponent: i64,
    /// Private exponent.
    pub(crate) private_exponent: &'a [u8],
    /// Two primes or more.
    pub(crate) primes: Vec<&'a [u8]>,
    /// dP, dQ and qInv, if all of them are there.
    pub(crate) crt: Option<[&'a [u8]; 3]>,
}

/// A number that is wiped when dropped.
type Secret = Zeroizing<BoxedUint>;

/// Checks a key as one Go does.
pub(crate) fn check(numbers: &Numbers<'_>, era: &Era) -> Result<(), &'static str> {
    let longest = numbers.primes.iter().chain([&numbers.modulus, &numbers.private_exponent]).map(|n| n.len()).max();
    if longest > Some(LONGEST) {
        return Err("crypto/rsa: key too large");
    }
    if fulfils_all_rules(numbers) == Some(true) {
        return Ok(());
    }
    if !era.has(Change::RsaFips) {
        return validate(numbers);
    }
    let fips = if numbers.primes.len() == 2 { fips(numbers, numbers.crt, era) } else { fips_multi_prime(numbers) };
    match fips {
        Err(fault) if era.has(Change::RsaCrtValues) || numbers.primes.len() != 2 => Err(fault),
        Err(fault) => fips_without_crt(numbers).map_err(|_| fault),
        Ok(()) => Ok(()),
    }
}

fn number(octets: &[u8]) -> Secret {
    Zeroizing::new(BoxedUint::from_be_slice_vartime(octets))
}

fn small(value: u64) -> Secret {
    number(&value.to_be_bytes())
}

fn minus(number: &BoxedUint, subtrahend: u64) -> Secret {
    Zeroizing::new(number.wrapping_sub(BoxedUint::from(subtrahend)))
}

fn product(a: &BoxedUint, b: &BoxedUint) -> Secret {
    Zeroizing::new(a.concatenating_mul(b))
}

/// a mod m; `None` when m is 0.
fn modulo(a: &BoxedUint, m: &BoxedUint) -> Option<Secret> {
    Some(Zeroizing::new(a.rem_vartime(m.as_nz_vartime()?)))
}

fn is_one(n: &BoxedUint) -> bool {
    n.is_one().to_bool()
}

fn is_even(n: &BoxedUint) -> bool {
    !n.bit_vartime(0)
}

fn exponent(numbers: &Numbers<'_>) -> u64 {
    u64::try_from(numbers.exponent).unwrap_or(0)
}

/// Go before 1.24: `PrivateKey.Validate`.
fn validate(numbers: &Numbers<'_>) -> Result<(), &'static str> {
    if numbers.exponent < 2 {
        return Err("crypto/rsa: public exponent too small");
    }
    if numbers.exponent > i64::from(i32::MAX) {
        return Err("crypto/rsa: public exponent too large");
    }
    let mut all = small(1);
    for prime in &numbers.primes {
        let prime = number(prime);
        if prime.bits_vartime() < 2 {
            return Err("crypto/rsa: invalid prime value");
        }
        all = product(&all, &prime);
    }
    if *all != *number(numbers.modulus) {
        return Err("crypto/rsa: invalid modulus");
    }
    let de = product(&number(numbers.private_exponent), &small(exponent(numbers)));
    for prime in &numbers.primes {
        if !modulo(&de, &minus(&number(prime), 1)).is_some_and(|rest| is_one(&rest)) {
            return Err("crypto/rsa: invalid exponents");
        }
    }
    Ok(())
}

/// Whether the key is right by everything that any Go looks at, which a key that was not tampered with is.
fn fulfils_all_rules(numbers: &Numbers<'_>) -> Option<bool> {
    let [dp, dq, coefficient] = numbers.crt?.map(number);
    let [p, q] = two_primes(numbers).ok()?;
    let (n, d, e) = (number(numbers.modulus), number(numbers.private_exponent), small(exponent(numbers)));
    let sizes = are_moduli(numbers) && *d < *n && *coefficient < *p;
    if check_public(numbers).is_err() || !sizes || *product(&p, &q) != *n {
        return Some(false);
    }
    let inverts = inverts(&d, &e, &n, &p, &q)?;
    for (prime, exponent) in [(&p, &dp), (&q, &dq)] {
        let below = minus(prime, 1);
        // If d is an inverse of e modulo the prime less one, too, it is the same there.
        if **exponent >= *below || !is_one(&*modulo(&product(exponent, &e), &below)?) {
            return Some(false);
        }
        if !inverts && *modulo(&d, &below)? != **exponent {
            return Some(false);
        }
    }
    let inverse = is_one(&*modulo(&product(&q, &coefficient), &p)?);
    Some(inverse && check_distances(&n, &p, &q, &d).is_ok())
}

/// 2⁶·3³·5²·7·11·13: few primes, less one, have another divisor in common.
const SMALL_DIVISORS: Limb = Limb::from_u32(43_243_200);

/// Whether d·e is certainly 1 modulo p − 1 and modulo q − 1: it is 1 modulo (p − 1)·(q − 1) over a common divisor of both.
/// That is one short division instead of two long ones, and fails only for wrong keys and those with large divisors.
#[allow(clippy::useless_conversion, reason = "a limb has 32 bits on other machines")]
fn inverts(d: &BoxedUint, e: &BoxedUint, n: &BoxedUint, p: &BoxedUint, q: &BoxedUint) -> Option<bool> {
    let small = NonZero::new(SMALL_DIVISORS).into_option()?;
    let [mut divisor, p_rest, q_rest] =
        [SMALL_DIVISORS, minus(p, 1).rem_limb(small), minus(q, 1).rem_limb(small)].map(|limb| u64::from(limb.0));
    for mut rest in [p_rest, q_rest] {
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
    }
    let both = Zeroizing::new(Zeroizing::new(n.wrapping_sub(p)).wrapping_sub(q).wrapping_add(BoxedUint::one()));
    let divisor = NonZero::new(Limb::from_u32(u32::try_from(divisor).ok()?)).into_option()?;
    let (common, _) = both.div_rem_limb(divisor);
    Some(is_one(&*modulo(&product(d, e), &Zeroizing::new(common))?))
}

fn two_primes(numbers: &Numbers<'_>) -> Result<[Secret; 2], &'static str> {
    match *numbers.primes {
        [p, q] => Ok([number(p), number(q)]),
        _ => Err("crypto/rsa: missing primes"),
    }
}

/// `checkPublicKey` of the FIPS module.
fn check_public(numbers: &Numbers<'_>) -> Result<(), &'static str> {
    if numbers.modulus.last().is_none_or(|octet| octet & 1 == 0) {
        return Err("crypto/rsa: public modulus is even");
    }
    match numbers.exponent {
        ..2 => Err("crypto/rsa: public exponent too small or negative"),
        e if e & 1 == 0 => Err("crypto/rsa: public exponent is even"),
        0x8000_0000.. => Err("crypto/rsa: public exponent too large"),
        _ => Ok(()),
    }
}

/// The moduli of the FIPS module must be greater than one.
fn are_moduli(numbers: &Numbers<'_>) -> bool {
    numbers.primes.iter().chain([&numbers.modulus]).all(|octets| !matches!(octets, [] | [1]))
}

/// [`are_moduli`], and d below N.
fn check_sizes(numbers: &Numbers<'_>) -> Result<(), &'static str> {
    if !are_moduli(numbers) {
        return Err("modulus must be > 1");
    }
    check_below(numbers.private_exponent, numbers.modulus)
}

/// The FIPS module's `Nat.SetBytes`, whose words depend on how many 64-bit limbs there are.
fn check_below(value: &[u8], modulus: &[u8]) -> Result<(), &'static str> {
    if value.len().div_ceil(8) > modulus.len().div_ceil(8) {
        Err("input overflows the modulus size")
    } else if *number(value) >= *number(modulus) {
        Err("input overflows the modulus")
    } else {
        Ok(())
    }
}

/// `NewPrivateKeyWithPrecomputation`, or `NewPrivateKey` when CRT values are missing.
fn fips(numbers: &Numbers<'_>, crt: Option<[&[u8]; 3]>, era: &Era) -> Result<(), &'static str> {
    let Some(crt) = crt else { return fips_without_crt(numbers) };
    check_sizes(numbers)?;
    let [p, q] = two_primes(numbers)?;
    check_below(crt[2], numbers.primes[0])?;
    let crt = crt.map(number);
    check_public(numbers)?;
    match check_crt(numbers, &p, &q, &crt, true) {
        // Only this check is younger than the others.
        Err(NOT_D) if !era.has(Change::RsaExponents) => check_crt(numbers, &p, &q, &crt, false),
        checked => checked,
    }
}

const NOT_D: &str = "crypto/rsa: d does not match dP";

fn fips_without_crt(numbers: &Numbers<'_>) -> Result<(), &'static str> {
    check_sizes(numbers)?;
    let [p, q] = two_primes(numbers)?;
    let d = number(numbers.private_exponent);
    let exponent_for = |prime: &Secret| {
        let below = minus(prime, 1);
        let rest = if below.bits_vartime() > 1 { modulo(&d, &below) } else { None };
        rest.ok_or("modulus must be > 1")
    };
    let (dp, dq) = (exponent_for(&p)?, exponent_for(&q)?);
    if is_even(&p) {
        return Err("crypto/rsa: p is even");
    }
    let coefficient = inverse_by_fermat(&q, &p).ok_or("crypto/rsa: p is even")?;
    check_public(numbers)?;
    check_crt(numbers, &p, &q, &[dp, dq, coefficient], false)
}

/// q^(p-2) mod p, which is the inverse of q if p is a prime.
fn inverse_by_fermat(q: &BoxedUint, p: &BoxedUint) -> Option<Secret> {
    let base = (*modulo(q, p)?).clone().resize(p.bits_precision());
    let params = BoxedMontyParams::new_vartime(p.to_odd().into_option()?);
    Some(Zeroizing::new(BoxedMontyForm::new(base, &params).pow(&minus(p, 2)).retrieve()))
}

/// `NewPrivateKeyWithoutCRT` and `precomputeLegacy`, for more than two primes: hardly anything is checked.
fn fips_multi_prime(numbers: &Numbers<'_>) -> Result<(), &'static str> {
    if matches!(numbers.modulus, [] | [1]) {
        return Err("modulus must be > 1");
    }
    check_below(numbers.private_exponent, numbers.modulus)?;
    check_public(numbers)?;
    let primes: Vec<Secret> = numbers.primes.iter().map(|prime| number(prime)).collect();
    if primes.iter().any(|prime| prime.bits_vartime() < 2) {
        return Err("crypto/rsa: prime factor is <= 1");
    }
    // Each prime must be invertible modulo the product of those before it.
    let mut all = small(1);
    for prime in &primes {
        if !is_one(&Zeroizing::new(crypto_bigint::Gcd::gcd_vartime(&*all, &**prime))) {
            return Err("crypto/rsa: prime factors are not relatively prime");
        }
        all = product(&all, prime);
    }
    Ok(())
}

/// The rest of `checkPrivateKey`: primes, CRT values, and the sizes of |p - q| and d.
fn check_crt(
    numbers: &Numbers<'_>,
    p: &Secret,
    q: &Secret,
    [dp, dq, coefficient]: &[Secret; 3],
    compare_d: bool,
) -> Result<(), &'static str> {
    let n = number(numbers.modulus);
    if **p >= *n || **q >= *n {
        return Err("crypto/rsa: invalid prime");
    }
    if !modulo(&product(p, q), &n).is_some_and(|rest| rest.is_zero().to_bool()) {
        return Err("crypto/rsa: p * q != n");
    }
    let e = small(exponent(numbers));
    let d = number(numbers.private_exponent);
    for (prime, exponent) in [(p, dp), (q, dq)] {
        let below = minus(prime, 1);
        if below.bits_vartime() < 2 {
            return Err("crypto/rsa: invalid prime");
        }
        let inverse = modulo(&product(exponent, &e), &below).is_some_and(|rest| is_one(&rest));
        if **exponent >= *below || !inverse {
            return Err("crypto/rsa: invalid CRT exponent");
        }
    }
    let rest = modulo(q, p).and_then(|q| modulo(&product(&q, coefficient), p));
    if !rest.is_some_and(|rest| is_one(&rest)) {
        return Err("crypto/rsa: invalid CRT coefficient");
    }
    for (prime, exponent) in [(p, dp), (q, dq)] {
        if compare_d && modulo(&d, &minus(prime, 1)).is_none_or(|rest| *rest != **exponent) {
            return Err(NOT_D);
        }
    }
    check_distances(&n, p, q, &d)
}

fn check_distances(n: &Secret, p: &Secret, q: &Secret, d: &Secret) -> Result<(), &'static str> {
    let half = i64::from(n.bits_vartime() / 2);
    let difference = match p.cmp_vartime(&**q) {
        std::cmp::Ordering::Equal => return Err("crypto/rsa: p == q"),
        std::cmp::Ordering::Greater => Zeroizing::new(p.wrapping_sub(&**q)),
        std::cmp::Ordering::Less => Zeroizing::new(q.wrapping_sub(&**p)),
    };
    if i64::from(difference.bits_vartime()) <= half - 100 {
        return Err("crypto/rsa: |p - q| too small");
    }
    if i64::from(d.bits_vartime()) <= half { Err("crypto/rsa: d too small") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIMES: [u64; 12] = [3, 5, 7, 11, 13, 17, 19, 29, 31, 37, 41, 61];

    /// Of all d, those that invert e modulo the least common multiple of the primes less one, and no others.
    #[test]
    fn what_inverts_is_found_without_long_divisions() {
        for (p, q) in PRIMES.iter().flat_map(|&p| PRIMES.iter().map(move |&q| (p, q))).filter(|(p, q)| p != q) {
            for (e, d) in [3, 5, 7, 11].into_iter().flat_map(|e| (1..p * q).map(move |d| (e, d))) {
                let expected = [p, q].iter().all(|prime| d * e % (prime - 1) == 1);
                let numbers = [d, e, p * q, p, q].map(small);
                let [d, e, n, p, q] = numbers.each_ref();
                assert_eq!(inverts(d, e, n, p, q), Some(expected), "{d:?} {e:?} {p:?} {q:?}");
            }
        }
    }
}
