package import CommsAPI
package import Ledger
package import Operations

/// What a poller can be told anew while it runs.
package struct PollSettings: Sendable {
    package let client: CommsClient
    package let plan: PollPlan
    /// The stats reading to use; nil for the one the account's operations prove.
    package let reading: StatsReading?
    /// Of the same account name and resource, always.
    package let owner: LedgerOwner

    package init(client: CommsClient, plan: PollPlan, reading: StatsReading?, owner: LedgerOwner) {
        self.client = client
        self.plan = plan
        self.reading = reading
        self.owner = owner
    }
}
