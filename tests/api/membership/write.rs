//! `createMembership`, `updateMembership`, `deleteMembership`.

use serde_json::{Value, json};

use crate::change::{at_once, change, count, done, refused, refuses};
use crate::kit::{App, Asker, Row, make};

const ALL: &str = "membership { id role status isDefault updatedAt person { id } }";

/// The id of the membership of a subject.
async fn of(app: &App, subject: &str) -> String {
    let query = "SELECT membership_id::text FROM core_api.memberships WHERE subject = $1 AND deleted_at IS NULL";
    app.sql().query_one(query, &[&subject]).await.unwrap().get(0)
}

async fn another_owner(app: &App) -> Row {
    make::membership(app, &app.here, "second@here", "owner", json!({})).await
}

async fn refused_to(asker: &Asker, mutation: &str, input: Value) {
    change(asker, mutation, ALL, input).await.refused("FORBIDDEN");
}

#[tokio::test]
async fn a_subject_is_let_in_at_once_and_an_invitation_waits() {
    let app = App::start().await;
    let input = json!({ "subject": "new@here", "role": "GUEST", "personId": app.person.id });
    app.subject("new@here").say("{ viewer { role } }").await.refused("FORBIDDEN");
    let made = done(&app.admin(), "createMembership", ALL, input).await;
    let expected = json!({
        "id": made.str("/done/membership/id"), "role": "GUEST", "status": "ACTIVE", "isDefault": false,
        "updatedAt": made.str("/done/membership/updatedAt"), "person": { "id": app.person.id },
    });
    assert_eq!(made.at("/done/membership"), &expected);
    assert_eq!(app.subject("new@here").say("{ viewer { role } }").await.str("/viewer/role"), "GUEST");
    assert!(!made.text.contains("new@here"), "the subject of others is not shown");
    change(&app.admin(), "createMembership", "membership { subject }", json!({ "role": "GUEST" }))
        .await
        .refused("FORBIDDEN");

    let pending = done(&app.owner(), "createMembership", ALL, json!({ "role": "ADMIN" })).await;
    assert_eq!(pending.at("/done/membership/status"), "PENDING");
    let activate = json!({ "id": pending.str("/done/membership/id"), "status": "ACTIVE" });
    let answer = change(&app.owner(), "updateMembership", ALL, activate.clone()).await;
    refused(&answer, "INVALID_STATE", "");
    app.execute("UPDATE core_api.memberships SET subject = 'taken@here' WHERE subject IS NULL AND role = 'admin'")
        .await;
    done(&app.owner(), "updateMembership", ALL, activate).await;
    assert_eq!(app.subject("taken@here").say("{ viewer { role } }").await.str("/viewer/role"), "ADMIN");
}

#[tokio::test]
async fn a_subject_is_a_member_once() {
    let app = App::start().await;
    let input = json!({ "subject": "member@here", "role": "GUEST" });
    let answer = change(&app.admin(), "createMembership", ALL, input.clone()).await;
    refused(&answer, "CONFLICT", "subject");
    assert!(answer.at("/done/membership").is_null());
    // Being one elsewhere is another matter, and so is having been one.
    done(&app.admin(), "createMembership", ALL, json!({ "subject": "member@elsewhere", "role": "GUEST" })).await;
    done(&app.admin(), "deleteMembership", ALL, json!({ "id": of(&app, "member@here").await })).await;
    done(&app.admin(), "createMembership", ALL, input).await;

    let admins: Vec<_> = (0..6).map(|_| app.admin()).collect();
    let input = json!({ "subject": "raced@here", "role": "GUEST" });
    let raced = at_once(admins.iter().map(|admin| change(admin, "createMembership", ALL, input.clone()))).await;
    let (won, lost): (Vec<_>, Vec<_>) = raced.iter().partition(|answer| answer.at("/done/userErrors") == &json!([]));
    assert_eq!(won.len(), 1);
    for answer in lost {
        refused(answer, "CONFLICT", "subject");
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let app = App::start().await;
    let subjects = [json!(""), json!(" "), json!("x".repeat(256)), json!("a\0")];
    refuses(&app.admin(), "createMembership", &json!({ "role": "GUEST" }), "subject", &subjects).await;
    let update = json!({ "id": of(&app, "member@here").await });
    for field in ["role", "status"] {
        refuses(&app.admin(), "updateMembership", &update, field, &[json!(null)]).await;
    }
    let stranger = make::person(&app, &app.elsewhere, json!({})).await;
    let gone = make::person(&app, &app.here, json!({ "deleted_at": "2026-01-01T00:00:00Z" })).await;
    for person in [stranger, gone] {
        let create = json!({ "role": "GUEST", "personId": person.id });
        refused(&change(&app.admin(), "createMembership", ALL, create).await, "NOT_FOUND", "personId");
        let update = json!({ "id": of(&app, "member@here").await, "role": "GUEST", "personId": person.id });
        refused(&change(&app.admin(), "updateMembership", ALL, update).await, "NOT_FOUND", "personId");
    }
    let foreign = json!({ "id": of(&app, "member@elsewhere").await });
    for mutation in ["updateMembership", "deleteMembership"] {
        refused(&change(&app.owner(), mutation, ALL, foreign.clone()).await, "NOT_FOUND", "id");
    }
    assert_eq!(app.member().say("{ viewer { role } }").await.str("/viewer/role"), "MEMBER");
}

#[tokio::test]
async fn an_admin_touches_no_owner_and_makes_none() {
    let app = App::start().await;
    let second = another_owner(&app).await;
    let pending = make::membership(&app, &app.here, "invited@here", "owner", json!({ "status": "pending" })).await;
    let (key, secret) = make::api_key(&app, &app.here, json!({ "role": "admin" })).await;
    assert!(!key.id.is_empty());
    for asker in [app.admin(), app.bearer(&secret)] {
        refused_to(&asker, "createMembership", json!({ "role": "OWNER", "subject": "new@here" })).await;
        refused_to(&asker, "updateMembership", json!({ "id": of(&app, "member@here").await, "role": "OWNER" })).await;
        refused_to(&asker, "updateMembership", json!({ "id": of(&app, "admin@here").await, "role": "OWNER" })).await;
        for owner in [&second.id, &pending.id] {
            refused_to(&asker, "updateMembership", json!({ "id": owner, "role": "GUEST" })).await;
            refused_to(&asker, "updateMembership", json!({ "id": owner, "personId": null })).await;
            refused_to(&asker, "updateMembership", json!({ "id": owner })).await;
            refused_to(&asker, "deleteMembership", json!({ "id": owner })).await;
        }
    }
    assert_eq!(
        count(&app, "SELECT count(*) FROM core_api.memberships WHERE role = 'owner' AND deleted_at IS NULL").await,
        4
    );

    done(&app.owner(), "createMembership", ALL, json!({ "role": "OWNER", "subject": "new@here" })).await;
    done(&app.owner(), "updateMembership", ALL, json!({ "id": of(&app, "member@here").await, "role": "OWNER" })).await;
    done(&app.owner(), "updateMembership", ALL, json!({ "id": second.id, "role": "GUEST" })).await;
    done(&app.owner(), "deleteMembership", ALL, json!({ "id": pending.id })).await;
}

#[tokio::test]
async fn the_last_active_owner_stays() {
    let app = App::start().await;
    let id = of(&app, "owner@here").await;
    // None of these is an active owner of this workspace who could come in.
    make::membership(&app, &app.here, "pending@here", "owner", json!({ "status": "pending" })).await;
    make::membership(&app, &app.here, "gone@here", "owner", json!({ "deleted_at": "2026-01-01T00:00:00Z" })).await;
    make::membership(&app, &app.here, "", "owner", json!({ "subject": null })).await;
    for input in [
        json!({ "id": id, "role": "ADMIN" }),
        json!({ "id": id, "status": "PENDING" }),
        json!({ "id": id, "role": "OWNER", "status": "PENDING" }),
    ] {
        let answer = change(&app.owner(), "updateMembership", ALL, input).await;
        refused(&answer, "INVALID_STATE", "");
        assert!(answer.at("/done/membership").is_null());
    }
    refused(&change(&app.owner(), "deleteMembership", ALL, json!({ "id": id })).await, "INVALID_STATE", "");
    // What leaves it the owner it is may change.
    let input = json!({ "id": id, "role": "OWNER", "status": "ACTIVE", "personId": app.person.id });
    done(&app.owner(), "updateMembership", ALL, input).await;
    another_owner(&app).await;
    done(&app.owner(), "deleteMembership", ALL, json!({ "id": id })).await;
    app.owner().say("{ viewer { role } }").await.refused("FORBIDDEN");
}

#[tokio::test]
async fn of_two_owners_who_leave_at_once_one_stays() {
    let app = App::start().await;
    let second = another_owner(&app).await;
    for round in 0..6 {
        let (first, second) = (of(&app, "owner@here").await, second.id.clone());
        let mutation = if round % 2 == 0 { "updateMembership" } else { "deleteMembership" };
        let input = |id: &str| if round % 2 == 0 { json!({ "id": id, "role": "ADMIN" }) } else { json!({ "id": id }) };
        let (owner, other) = (app.owner(), app.subject("second@here"));
        let (one, two) =
            tokio::join!(change(&owner, mutation, ALL, input(&first)), change(&other, mutation, ALL, input(&second)),);
        let refusals = [&one, &two].iter().filter(|answer| answer.text.contains("INVALID_STATE")).count();
        // Whoever comes late enough may find that it is an owner no more.
        let forbidden = [&one, &two].iter().filter(|answer| answer.codes() == ["FORBIDDEN"]).count();
        assert_eq!(refusals + forbidden, 1, "{} {}", one.text, two.text);
        let owners = "SELECT count(*) FROM core_api.memberships WHERE role = 'owner' AND status = 'active'
            AND deleted_at IS NULL AND workspace_pk =";
        assert_eq!(count(&app, &format!("{owners} {}", app.here.pk)).await, 1);
        app.execute(
            "UPDATE core_api.memberships SET role = 'owner', deleted_at = NULL
             WHERE subject IN ('owner@here', 'second@here')",
        )
        .await;
    }
}

#[tokio::test]
async fn what_is_left_out_stays_and_null_clears_however_it_is_said() {
    let app = App::start().await;
    let (admin, id) = (app.admin(), of(&app, "member@here").await);
    let end = "{ membership { role status person { id } } userErrors { code } } }";
    let inner = format!(
        "mutation ($id: ID!, $role: MembershipRole, $person: ID) {{
            done: updateMembership(input: {{ id: $id role: $role personId: $person }}) {end}"
    );
    let whole = format!("mutation ($input: UpdateMembershipInput!) {{ done: updateMembership(input: $input) {end}");
    let literal =
        |text: &str| format!("mutation {{ done: updateMembership(input: {{ id: {} {text} }}) {end}", json!(id));
    let row = |role: &str, person: bool| {
        let person = person.then(|| json!({ "id": app.person.id }));
        json!({ "role": role, "status": "ACTIVE", "person": person })
    };
    let person = &app.person.id;
    for (query, variables, expected) in [
        (&inner, json!({ "id": id }), row("MEMBER", true)),
        (&whole, json!({ "input": { "id": id } }), row("MEMBER", true)),
        (&literal(""), json!({}), row("MEMBER", true)),
        (&inner, json!({ "id": id, "person": null }), row("MEMBER", false)),
        (&inner, json!({ "id": id, "person": person, "role": "GUEST" }), row("GUEST", true)),
        (&whole, json!({ "input": { "id": id, "personId": null } }), row("GUEST", false)),
        (&whole, json!({ "input": { "id": id, "personId": person, "role": "ADMIN" } }), row("ADMIN", true)),
        (&literal("personId: null role: MEMBER"), json!({}), row("MEMBER", false)),
    ] {
        let answer = admin.ask(query, variables.clone()).await;
        assert_eq!(answer.at("/done/membership"), &expected, "{query} {variables}");
    }
    let answer = done(&admin, "updateMembership", ALL, json!({ "id": id, "status": "PENDING" })).await;
    assert_eq!(answer.at("/done/membership/status"), "PENDING");
    app.member().say("{ viewer { role } }").await.refused("FORBIDDEN");
}

#[tokio::test]
async fn a_change_of_what_has_moved_on_is_a_conflict_and_shows_it() {
    let app = App::start().await;
    let id = of(&app, "member@here").await;
    let read = done(&app.admin(), "updateMembership", ALL, json!({ "id": id })).await;
    let seen = read.str("/done/membership/updatedAt");
    let input = json!({ "id": id, "role": "GUEST", "expectedUpdatedAt": seen });
    let moved = done(&app.admin(), "updateMembership", ALL, input.clone()).await;
    for (mutation, input) in
        [("updateMembership", input), ("deleteMembership", json!({ "id": id, "expectedUpdatedAt": seen }))]
    {
        let late = change(&app.admin(), mutation, ALL, input).await;
        refused(&late, "CONFLICT", "expectedUpdatedAt");
        assert_eq!(late.at("/done/membership"), moved.at("/done/membership"));
    }
    let seen = moved.str("/done/membership/updatedAt");
    done(&app.admin(), "deleteMembership", ALL, json!({ "id": id, "expectedUpdatedAt": seen })).await;
    refused(&change(&app.admin(), "deleteMembership", ALL, json!({ "id": id })).await, "NOT_FOUND", "id");
    app.member().say("{ viewer { role } }").await.refused("FORBIDDEN");
}

#[tokio::test]
async fn the_same_key_invites_once() {
    let app = App::start().await;
    let input = json!({ "role": "GUEST", "idempotencyKey": "once" });
    let admins: Vec<_> = (0..5).map(|_| app.admin()).collect();
    let raced = at_once(admins.iter().map(|admin| done(admin, "createMembership", ALL, input.clone()))).await;
    for answer in &raced {
        assert_eq!(answer.text, raced[0].text);
    }
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.memberships WHERE subject IS NULL").await, 1);
    let other = json!({ "role": "MEMBER", "idempotencyKey": "once" });
    refused(&change(&app.admin(), "createMembership", ALL, other).await, "BAD_USER_INPUT", "idempotencyKey");
    // A key is the caller's own.
    done(&app.owner(), "createMembership", ALL, input).await;
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.memberships WHERE subject IS NULL").await, 2);
}

/// The workspace of a request that names none.
async fn usual(app: &App, subject: &str) -> String {
    app.subject(subject).say("{ viewer { workspace { id } } }").await.str("/viewer/workspace/id").to_owned()
}

async fn invite(admin: &Asker, subject: &str) {
    done(admin, "createMembership", ALL, json!({ "subject": subject, "role": "GUEST" })).await;
}

#[tokio::test]
async fn a_stranger_does_not_change_where_requests_go_that_name_no_workspace() {
    let app = App::start().await;
    let (here, elsewhere) = (&app.here.id, &app.elsewhere.id);
    // One whom another program made a member, and one who came in when it was made a member.
    invite(&app.admin_elsewhere(), "new@elsewhere").await;
    assert_eq!(&usual(&app, "new@elsewhere").await, elsewhere);
    for subject in ["member@elsewhere", "new@elsewhere"] {
        invite(&app.admin(), subject).await;
        assert_eq!(&usual(&app, subject).await, elsewhere);
        let named = app.subject(subject).in_workspace(here);
        assert_eq!(named.say("{ viewer { role } }").await.str("/viewer/role"), "GUEST");
        assert_eq!(&usual(&app, subject).await, elsewhere);
    }
    // Neither does what becomes of the stranger's membership.
    for status in ["PENDING", "ACTIVE"] {
        let query = "SELECT membership_id::text FROM core_api.memberships WHERE subject = 'new@elsewhere' AND workspace_pk = $1";
        let id: String = app.sql().query_one(query, &[&app.here.pk]).await.unwrap().get(0);
        done(&app.admin(), "updateMembership", ALL, json!({ "id": id, "status": status })).await;
        assert_eq!(&usual(&app, "new@elsewhere").await, elsewhere);
    }
}

#[tokio::test]
async fn nobody_lands_in_a_workspace_of_strangers() {
    let app = App::start().await;
    let subject = "new@elsewhere";
    let asker = app.subject(subject);
    invite(&app.admin(), subject).await;
    invite(&app.admin_elsewhere(), subject).await;
    let unclear = asker.say("{ viewer { role } }").await;
    unclear.refused("FORBIDDEN");
    assert_eq!(unclear.status, 403);
    for id in [&app.here.id, &app.elsewhere.id] {
        assert!(unclear.text.contains(id), "{}", unclear.text);
    }
    // To name it once is enough.
    assert_eq!(asker.in_workspace(&app.elsewhere.id).say("{ viewer { role } }").await.status, 200);
    assert_eq!(usual(&app, subject).await, app.elsewhere.id);
    // When it ends, the other one does not take its place by itself.
    let ended = "UPDATE core_api.memberships SET deleted_at = now() WHERE subject = 'new@elsewhere' AND workspace_pk =";
    app.execute(&format!("{ended} {}", app.elsewhere.pk)).await;
    asker.say("{ viewer { role } }").await.refused("FORBIDDEN");
    assert_eq!(asker.in_workspace(&app.here.id).say("{ viewer { role } }").await.status, 200);
    assert_eq!(usual(&app, subject).await, app.here.id);
    // Whoever is made a member of the same workspace again is let in at once.
    app.execute(&format!("{ended} {}", app.here.pk)).await;
    invite(&app.admin(), subject).await;
    assert_eq!(usual(&app, subject).await, app.here.id);
}
