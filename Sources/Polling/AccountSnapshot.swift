package import Ledger
package import Operations

/// All that is known of one account and resource at one moment, as the exposition shows it.
package struct AccountSnapshot: Equatable, Sendable {
    package let account: String
    package let resource: Resource
    package let health: PollHealth
    package let ledger: LedgerState
    package let reading: StatsReading

    package init(account: String, resource: Resource, health: PollHealth, ledger: LedgerState, reading: StatsReading) {
        self.account = account
        self.resource = resource
        self.health = health
        self.ledger = ledger
        self.reading = reading
    }
}
