import Glibc
import Testing

@testable import HTTPServer

/// Whose response has to go where all places of `requests` are taken.
final class ConnectionsTests {
    private var tables: [Connections] = []

    deinit {
        for table in tables { table.stop() }
    }

    /// The server's side of a connection, and whether it was shut down.
    private final class Client {
        let connection: Connection
        private let socket: Int32
        private let peer: Int32

        private let table: Connections

        init(_ number: UInt32, of table: Connections) throws {
            self.table = table
            var pair: [Int32] = [-1, -1]
            try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
            (socket, peer) = (pair[0], pair[1])
            connection = table.opened(socket, from: .ipv4(number))
        }

        deinit {
            table.closed(connection)
            close(socket)
            close(peer)
        }

        var isShutDown: Bool {
            var byte: UInt8 = 0
            return recv(peer, &byte, 1, Int32(MSG_DONTWAIT)) == 0
        }
    }

    private func table(requests: Int, patience: Duration = .seconds(3600)) -> Connections {
        var limits = ServerLimits()
        limits.requests = requests
        limits.responsePatience = patience
        tables.append(Connections(limits: limits))
        return tables[tables.count - 1]
    }

    /// A connection of the client's on which a request is complete, and whether that has found a place.
    private func ask(_ table: Connections, _ number: UInt32) throws -> (client: Client, isAdmitted: Bool) {
        let client = try Client(number, of: table)
        return (client, table.handlerBegins(client.connection, isCounted: true))
    }

    /// One whose response is to be taken.
    private func reader(_ table: Connections, _ number: UInt32) throws -> Client {
        let (client, isAdmitted) = try ask(table, number)
        #expect(isAdmitted)
        table.answerBegins(client.connection)
        return client
    }

    @Test func `the oldest response of the client with most places goes at once, however young`() throws {
        let table = table(requests: 6)
        let oldest = try reader(table, 1)
        let two = try (0..<2).map { _ in try reader(table, 2) }
        let three = try (0..<3).map { _ in try reader(table, 3) }
        let (_, isAdmitted) = try ask(table, 4)
        #expect(isAdmitted)
        #expect(three.map(\.isShutDown) == [true, false, false])
        #expect(([oldest] + two).map(\.isShutDown) == [false, false, false])
    }

    @Test func `one place more than the asker has is no reason`() throws {
        // Or two clients would throw each other out for ever.
        let table = table(requests: 3)
        let readers = try [1, 1, 2].map { try reader(table, $0) }
        #expect(try !ask(table, 2).isAdmitted)
        #expect(try !ask(table, 1).isAdmitted)
        #expect(readers.map(\.isShutDown) == [false, false, false])
    }

    @Test func `a request that is being handled does not have to go, and counts as a place`() throws {
        let table = table(requests: 3)
        let handled = try (0..<2).map { _ in try ask(table, 1).client }
        let reader = try reader(table, 1)
        #expect(try ask(table, 2).isAdmitted)
        #expect(reader.isShutDown)
        #expect(handled.map(\.isShutDown) == [false, false])
    }

    @Test func `clients that hold the same give up only what is long not taken`() throws {
        let patient = table(requests: 2)
        let young = try [1, 2].map { try reader(patient, $0) }
        #expect(try !ask(patient, 3).isAdmitted)
        #expect(young.map(\.isShutDown) == [false, false])

        let impatient = table(requests: 2, patience: .zero)
        let old = try [1, 2].map { try reader(impatient, $0) }
        #expect(try ask(impatient, 3).isAdmitted)
        #expect(old.map(\.isShutDown) == [true, false])
    }

    @Test func `an answer that was put off gives its place back`() throws {
        let table = table(requests: 1)
        let waiting = try ask(table, 1)
        #expect(waiting.isAdmitted)
        table.answerPends(waiting.client.connection)
        #expect(try ask(table, 1).isAdmitted)
        #expect(!waiting.client.isShutDown)
    }
}
