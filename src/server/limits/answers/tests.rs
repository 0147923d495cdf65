//! What one principal and one workspace have of the memory, and when it is given back.

#![allow(clippy::unwrap_used, reason = "tests")]

use futures_util::FutureExt;

use super::*;
use crate::auth::Role;

const KIB: usize = 1_024;

fn budget() -> Arc<AnswerBudget> {
    Arc::new(AnswerBudget::new(AnswerSettings { total: 300 * KIB, per_principal: 100 * KIB }))
}

fn key(pk: i32, workspace_pk: i32) -> Caller {
    Caller::of(Principal::ApiKey(pk), workspace_pk, Role::Member)
}

async fn permit(budget: &Arc<AnswerBudget>, caller: &Caller) -> AnswerPermit {
    budget.permit(caller, 0, 0).await.unwrap()
}

#[tokio::test]
async fn what_is_written_is_counted_until_it_is_dropped() {
    let (budget, me) = (budget(), key(1, 1));
    let permit = permit(&budget, &me).await;
    assert!(permit.grow(50 * KIB));
    permit.settle(10 * KIB);
    assert_eq!(budget.used().all, OPERATION_BYTES + 50 * KIB, "what was reserved stays");
    let answer = permit.written(vec![0; 20 * KIB]).unwrap();
    assert_eq!(budget.used().all, OPERATION_BYTES + 20 * KIB);
    drop(permit);
    let part = answer.slice(1..2);
    drop(answer);
    assert_eq!(budget.used().all, 20 * KIB, "a part of it is still there");
    drop(part);
    assert_eq!(budget.used().all, 0);
    assert!(budget.used().principals.is_empty() && budget.used().workspaces.is_empty());
}

#[tokio::test]
async fn one_principal_and_one_workspace_leave_something_to_others() {
    let budget = budget();
    let (mine, yours, theirs) = (key(1, 1), key(2, 1), key(3, 2));
    let first = permit(&budget, &mine).await;
    assert!(!first.grow(90 * KIB) && first.is_refused(), "more than one may have");
    assert!(first.grow(70 * KIB));
    let second = permit(&budget, &yours).await;
    assert!(second.grow(70 * KIB));
    let third = permit(&budget, &key(4, 1)).await;
    assert!(!third.grow(20 * KIB), "more than its workspace may have");
    drop(third);
    let other = permit(&budget, &theirs).await;
    assert!(other.grow(80 * KIB));
    drop(first);
    assert!(permit(&budget, &mine).await.grow(80 * KIB), "given back");
}

#[tokio::test]
async fn who_finds_no_room_waits_for_it_and_is_refused_at_last() {
    let settings = AnswerSettings { total: 300 * KIB, per_principal: 100 * KIB };
    let impatient = AnswerBudget { max_wait: Duration::from_millis(1), ..AnswerBudget::new(settings) };
    let (budget, me) = (budget(), key(1, 1));
    let first = permit(&budget, &me).await;
    assert!(first.grow(80 * KIB));
    let mut next = Box::pin(permit(&budget, &me));
    assert!(next.as_mut().now_or_never().is_none());
    assert_eq!(budget.waiting.load(Ordering::Relaxed), 1);
    drop(first);
    drop(next.await);
    let budget = Arc::new(impatient);
    let _kept = budget.count(&me, 100 * KIB);
    let refused = budget.permit(&me, 0, 0).await.err().unwrap();
    assert_eq!(refused.code(), crate::error::Code::ServiceUnavailable);
    assert_eq!((budget.waiting.load(Ordering::Relaxed), budget.refused.load(Ordering::Relaxed)), (0, 1));
}

#[tokio::test]
async fn nothing_is_begun_that_there_is_no_room_for() {
    let (budget, me) = (budget(), key(1, 1));
    let change = permit(&budget, &me).await;
    assert!(change.has_room());
    let _unread = budget.count(&me, 80 * KIB);
    assert!(!change.has_room() && !change.grow(KIB * 80));
    assert!(change.written(vec![0; 60 * KIB]).is_err());
}

#[tokio::test]
async fn what_was_asked_with_is_counted_and_what_it_took_before_is_reserved_for_whoever_took_it() {
    let settings = AnswerSettings { total: 20 * LARGE, per_principal: 10 * LARGE };
    let budget = Arc::new(AnswerBudget::new(settings));
    let base = OPERATION_BYTES + BYTES_PER_REQUEST_BYTE * KIB;
    let (me, you) = (key(1, 1), key(2, 1));
    let permit = budget.permit(&me, 7, KIB).await.unwrap();
    assert_eq!(budget.used().all, base);
    assert!(permit.grow(4 * LARGE));
    drop(permit);
    for (caller, document, reserved) in [(&me, 7, 4 * LARGE), (&me, 8, 0), (&you, 7, 0), (&me, 7, 3 * LARGE)] {
        let _permit = budget.permit(caller, document, KIB).await.unwrap();
        assert_eq!(budget.used().all, base + reserved);
    }
}
