//! Rate limits: what operations cost is taken from the points of whoever asks, which come back with time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use quick_cache::sync::Cache;

use crate::auth::Principal;
use crate::error::{Code, Error};
use crate::server::graphql::operation::HttpError;

/// Principals whose points are remembered at the most. One that is forgotten has all of its points again.
const MAX_ACCOUNTS: u64 = 100_000;
/// Principals that memory is laid out for.
const USUAL: usize = 1_000;

/// As the draft `draft-ietf-httpapi-ratelimit-headers` of the IETF has them.
pub(in crate::server) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
pub(in crate::server) const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// How many points each principal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateSettings {
    /// Points that come back in a minute.
    pub per_minute: u32,
    /// Points that there are at the most.
    pub burst: u32,
}

/// The points of all principals.
pub(in crate::server) struct Rates {
    settings: RateSettings,
    accounts: Cache<Principal, Arc<Mutex<Account>>, One>,
}

/// What a principal had at a moment.
struct Account {
    points: f64,
    at: Instant,
}

/// What an operation costs its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) struct Price {
    /// The points that there must be, unless less is taken.
    pub needed: u64,
    /// The points that are taken, and a point where that is none. Where it is more than there can be, they are owed.
    pub taken: u64,
}

/// How a principal stands after an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) struct Standing {
    settings: RateSettings,
    remaining: u64,
    /// Until there are all points again.
    reset: Duration,
}

/// An operation costs more than what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) struct Exhausted {
    pub standing: Standing,
    /// Until there will be enough.
    pub wait: Duration,
}

#[derive(Clone)]
struct One;

impl quick_cache::Weighter<Principal, Arc<Mutex<Account>>> for One {
    fn weight(&self, _: &Principal, _: &Arc<Mutex<Account>>) -> u64 {
        1
    }
}

impl RateSettings {
    fn per_second(self) -> f64 {
        f64::from(self.per_minute) / 60.0
    }

    /// How long it takes until so many points have come.
    fn until(self, points: f64) -> Duration {
        Duration::try_from_secs_f64(points / self.per_second()).unwrap_or(Duration::MAX)
    }
}

impl Rates {
    pub fn new(settings: RateSettings) -> Self {
        Self { settings, accounts: Cache::with_weighter(USUAL, MAX_ACCOUNTS, One) }
    }

    /// Takes what an operation costs. What the rows of a large workspace make of it may be more than anybody can have:
    /// then all points are enough, and as many again are owed at the most.
    ///
    /// # Errors
    /// When there is not enough; then nothing is taken.
    pub fn take(&self, principal: &Principal, price: Price) -> Result<Standing, Exhausted> {
        self.take_at(principal, price, Instant::now())
    }

    fn take_at(&self, principal: &Principal, price: Price, now: Instant) -> Result<Standing, Exhausted> {
        let full = f64::from(self.settings.burst);
        let opened = || Ok::<_, std::convert::Infallible>(Arc::new(Mutex::new(Account { points: full, at: now })));
        let Ok(account) = self.accounts.get_or_insert_with(principal, opened);
        let mut account = account.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = now.saturating_duration_since(account.at).as_secs_f64();
        account.points = full.min(account.points + elapsed * self.settings.per_second());
        account.at = account.at.max(now);
        let taken = points(price.taken.max(1));
        let needed = taken.min(full.max(points(price.needed)));
        if needed > account.points {
            let wait = self.settings.until(needed - account.points);
            return Err(Exhausted { standing: self.standing(account.points), wait });
        }
        account.points = (account.points - taken).max(-full);
        Ok(self.standing(account.points))
    }

    fn standing(&self, points: f64) -> Standing {
        let reset = self.settings.until(f64::from(self.settings.burst) - points);
        Standing { settings: self.settings, remaining: whole(points.max(0.0)), reset }
    }
}

impl Standing {
    /// The headers that tell it.
    pub fn headers(self) -> Vec<(HeaderName, HeaderValue)> {
        let burst = self.settings.burst;
        let window = seconds(self.settings.until(burst.into()));
        let policy = format!("\"cost\";q={burst};w={window};qu=\"points\"");
        let limit = format!("\"cost\";r={};t={}", self.remaining, seconds(self.reset));
        let headers = [(POLICY, policy), (LIMIT, limit)];
        headers.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::try_from(text).ok()?))).collect()
    }
}

impl From<Exhausted> for HttpError {
    fn from(exhausted: Exhausted) -> Self {
        let wait = seconds(exhausted.wait);
        let message = format!("The operation costs more points than you have left. Try again in {wait} seconds.");
        let mut refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, Error::new(Code::RateLimited, message));
        refusal.headers = exhausted.standing.headers();
        refusal.headers.push((header::RETRY_AFTER, wait.into()));
        refusal
    }
}

/// Whole seconds, rather too long than too short.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// More points than there can be are all the same.
fn points(cost: u64) -> f64 {
    u32::try_from(cost).map_or(f64::INFINITY, f64::from)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to what a u32 holds")]
fn whole(points: f64) -> u64 {
    points as u64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const SETTINGS: RateSettings = RateSettings { per_minute: 60, burst: 100 };

    fn take(rates: &Rates, principal: &Principal, cost: u64, now: Instant) -> Result<Standing, Exhausted> {
        rates.take_at(principal, Price { needed: cost, taken: cost }, now)
    }

    fn subject(name: &str) -> Principal {
        Principal::Subject(name.to_owned())
    }

    #[test]
    fn points_are_taken_and_come_back() {
        let (rates, me, start) = (Rates::new(SETTINGS), subject("me"), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(take(&rates, &me, 90, start).unwrap().remaining, 10);
        let refused = take(&rates, &me, 25, start).unwrap_err();
        assert_eq!((refused.standing.remaining, refused.wait), (10, Duration::from_secs(15)));
        assert_eq!(take(&rates, &me, 25, after(14)).unwrap_err().wait, Duration::from_secs(1));
        assert_eq!(take(&rates, &me, 25, after(15)).unwrap().remaining, 0);
        // There are never more than the burst.
        assert_eq!(take(&rates, &me, 1, after(10_000)).unwrap().remaining, 99);
    }

    #[test]
    fn each_principal_has_its_own_points() {
        let (rates, now) = (Rates::new(SETTINGS), Instant::now());
        assert!(take(&rates, &subject("me"), 100, now).is_ok());
        assert!(take(&rates, &subject("me"), 1, now).is_err());
        assert!(take(&rates, &subject("you"), 100, now).is_ok());
        assert!(take(&rates, &Principal::ApiKey(1), 100, now).is_ok());
        assert!(take(&rates, &Principal::ApiKey(2), 100, now).is_ok());
    }

    #[test]
    fn an_operation_that_costs_nothing_takes_a_point() {
        let (rates, now) = (Rates::new(SETTINGS), Instant::now());
        assert_eq!(take(&rates, &subject("me"), 0, now).unwrap().remaining, 99);
    }

    #[test]
    fn what_can_never_be_paid_is_refused() {
        let (rates, now) = (Rates::new(SETTINGS), Instant::now());
        assert!(take(&rates, &subject("me"), u64::MAX, now).is_err());
    }

    #[test]
    fn what_costs_more_than_there_can_be_is_owed() {
        let (rates, me, start) = (Rates::new(SETTINGS), subject("me"), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        let large = Price { needed: 40, taken: 130 };
        assert_eq!(take(&rates, &me, 1, start).unwrap().remaining, 99);
        assert_eq!(rates.take_at(&me, large, start).unwrap_err().wait, Duration::from_secs(1));
        assert_eq!(rates.take_at(&me, large, after(1)).unwrap().remaining, 0);
        assert_eq!(take(&rates, &me, 1, after(1)).unwrap_err().wait, Duration::from_secs(31));
        assert_eq!(take(&rates, &me, 1, after(32)).unwrap().remaining, 0);
        // Nobody owes more than a rest brings.
        let vast = Price { needed: 1, taken: u64::MAX };
        assert_eq!(rates.take_at(&me, vast, after(1_000)).unwrap().remaining, 0);
        assert_eq!(take(&rates, &me, 1, after(1_000)).unwrap_err().wait, Duration::from_secs(101));
        // Fewer rows than usual cost less.
        assert_eq!(rates.take_at(&subject("you"), Price { needed: 90, taken: 5 }, start).unwrap().remaining, 95);
    }

    #[test]
    fn headers_tell_the_standing() {
        let (rates, now) = (Rates::new(SETTINGS), Instant::now());
        let headers = take(&rates, &subject("me"), 30, now).unwrap().headers();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        let policy = ("ratelimit-policy", "\"cost\";q=100;w=100;qu=\"points\"");
        assert_eq!(headers, [policy, ("ratelimit", "\"cost\";r=70;t=30")]);
    }

    #[test]
    fn memory_is_bounded() {
        let (rates, now) = (Rates::new(SETTINGS), Instant::now());
        for key in 0..300_000 {
            take(&rates, &Principal::ApiKey(key), 1, now).unwrap();
        }
        assert!(rates.accounts.len() as u64 <= MAX_ACCOUNTS);
    }
}
