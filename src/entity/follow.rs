//! The root fields that follow an entity.

/// Writes an entity's root field that follows it, and what its changes can be narrowed by.
macro_rules! follow {
    ($subscription:ident: $(#[$doc:meta])* $field:ident => changed $row:ident by id) => {
        $crate::entity::follow::follow! {
            @ $subscription, $(#[$doc])* $field, $row, ctx, $crate::events::Wanted::default().with_ids(&ids)?, {
                #[graphql(desc = "Only rows with one of these ids, at most 200.")]
                ids: async_graphql::MaybeUndefined<Vec<$crate::id::Id<$row>>>,
            }
        }
    };
    ($subscription:ident: $(#[$doc:meta])* $field:ident => changed $row:ident by id or connector) => {
        $crate::entity::follow::follow! {
            @ $subscription, $(#[$doc])* $field, $row, ctx,
            $crate::events::Wanted::default()
                .with_ids(&ids)?
                .of_connectors(ctx.data_unchecked(), &workspace_connector_ids)
                .await?,
            {
                #[graphql(desc = "Only rows with one of these ids, at most 200.")]
                ids: async_graphql::MaybeUndefined<Vec<$crate::id::Id<$row>>>,
                #[graphql(desc = "Only rows of one of these workspace connectors, at most 200.")]
                workspace_connector_ids: async_graphql::MaybeUndefined<
                    Vec<$crate::id::Id<$crate::entity::workspace_connector::WorkspaceConnector>>,
                >,
            }
        }
    };
    ($subscription:ident: $(#[$doc:meta])* $field:ident => created $row:ident by connector) => {
        $crate::entity::follow::follow! {
            @ $subscription, $(#[$doc])* $field, $row, ctx,
            $crate::events::Wanted::created().of_connectors(ctx.data_unchecked(), &workspace_connector_ids).await?,
            {
                #[graphql(desc = "Only rows of one of these workspace connectors, at most 200.")]
                workspace_connector_ids: async_graphql::MaybeUndefined<
                    Vec<$crate::id::Id<$crate::entity::workspace_connector::WorkspaceConnector>>,
                >,
            }
        }
    };
    (
        @ $subscription:ident, $(#[$doc:meta])* $field:ident, $row:ident, $ctx:ident, $wanted:expr,
        { $($arguments:tt)* }
    ) => {
        #[doc = concat!("The root field that follows `", stringify!($row), "`.")]
        #[derive(Default)]
        pub struct $subscription;

        /// Root fields.
        #[async_graphql::Subscription]
        impl $subscription {
            $(#[$doc])*
            async fn $field(
                &self,
                $ctx: &async_graphql::Context<'_>,
                $($arguments)*
                #[graphql(desc = "A cursor of this subscription, or a `changeCursor`: what came after it is told first. \
                    Cursors hold for an hour, unless the server is set otherwise.")]
                after: Option<String>,
            ) -> $crate::error::Result<
                impl futures_util::Stream<Item = $crate::error::Result<$crate::events::Event<$row>>>,
            > {
                let beginning = async {
                    let wanted = $wanted;
                    $crate::events::follow::<$row>($ctx, wanted, after).await
                };
                $crate::events::begun($ctx, futures_util::FutureExt::boxed(beginning)).await
            }
        }
    };
}

pub(crate) use follow;
