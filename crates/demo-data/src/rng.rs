//! Numbers that look random and follow from the seed alone.

use uuid::Uuid;

/// `SplitMix64`, written out so that the data of a seed does not depend on the version of a crate.
#[derive(Clone)]
pub(super) struct Rng(u64);

impl Rng {
    /// The generator of one row: `keys` name the kind of row and its place, whatever was generated before it.
    pub(super) fn of(seed: u64, keys: [i32; 4]) -> Self {
        let mut rng = Self(seed);
        for key in keys {
            rng.0 = rng.next() ^ u64::from(key.cast_unsigned());
        }
        rng
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `low` up to, and without, `high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).max(1).unsigned_abs();
        low.saturating_add_unsigned(self.next() % width)
    }

    /// From zero up to, and without, `count`.
    pub(super) fn below(&mut self, count: i32) -> i32 {
        i32::try_from(self.between(0, i64::from(count))).unwrap_or(0)
    }

    pub(super) fn percent(&mut self, chance: i32) -> bool {
        self.below(100) < chance
    }

    pub(super) fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        self.choose(items).copied().unwrap_or_default()
    }

    /// None of an empty slice.
    pub(super) fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let count = i32::try_from(items.len()).unwrap_or(i32::MAX);
        items.get(usize::try_from(self.below(count)).unwrap_or(0))
    }

    pub(super) fn bytes(&mut self) -> [u8; 16] {
        (u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes()
    }

    pub(super) fn uuid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// Sixteen hexadecimal digits.
    pub(super) fn hex(&mut self) -> String {
        format!("{:016x}", self.next())
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn is_splitmix64() {
        let mut rng = Rng(1_234_567);
        assert_eq!(
            [rng.next(), rng.next(), rng.next()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn gives_valid_random_uuids() {
        let uuid = Rng::of(1, [2, 3, 4, 5]).uuid();
        assert_eq!((uuid.get_version_num(), uuid.get_variant()), (4, uuid::Variant::RFC4122));
        assert_eq!(uuid, Rng::of(1, [2, 3, 4, 5]).uuid());
        assert_ne!(uuid, Rng::of(1, [2, 3, 5, 4]).uuid());
    }

    #[test]
    fn stays_in_range() {
        let mut rng = Rng::of(7, [0; 4]);
        assert!((0..1_000).all(|_| (-3..4).contains(&rng.between(-3, 4))));
        assert_eq!((rng.below(0), rng.choose::<u8>(&[])), (0, None));
    }
}
