import Operations
import Testing

@testable import Polling

@Suite struct `A chase` {
    private let start = ContinuousClock.now
    private var chase = Chase()

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func targets(_ numbers: ClosedRange<Int>) -> [Chase.Target] { numbers.map { target($0) } }

    /// Created so many seconds after an hour of its own.
    private func target(_ number: Int, second: Int64 = 0) -> Chase.Target {
        Chase.Target(id: "\(number)", hash: UInt64(number), createdAt: Timestamp(seconds: second))
    }

    private mutating func turn(_ missing: [Chase.Target], _ seconds: Int) -> [[String]] {
        let turn = chase.turn(missing, at: at(seconds))
        return [turn.byID.map(\.id), turn.inLists.map(\.id)]
    }

    @Test mutating func `asks for five by their ids, and lists the time of more`() {
        #expect(turn(targets(1...5), 0) == [["1", "2", "3", "4", "5"], []])
        #expect(turn(targets(1...6), 0) == [[], ["1", "2", "3", "4", "5", "6"]])
    }

    @Test mutating func `asks again at the next poll, and then ever more rarely, up to half an hour`() {
        var pauses: [Int] = []
        var last = 0
        for second in stride(from: 0, to: 15_000, by: 30) where turn(targets(1...1), second)[0] == ["1"] {
            chase.begin(targets(1...1), at: at(second), interval: .seconds(30))
            pauses.append(second - last)
            last = second
        }
        #expect(pauses == [0, 30, 30, 90, 210, 450, 930, 1800, 1800, 1800, 1800, 1800, 1800, 1800])
    }

    @Test mutating func `begins anew with one that was no longer missing`() {
        for second in [0, 30, 60] { chase.begin(targets(1...1), at: at(second), interval: .seconds(30)) }
        #expect(turn(targets(1...1), 90) == [[], []])
        #expect(turn([], 90) == [[], []])
        #expect(turn(targets(1...1), 90) == [["1"], []])
    }

    @Test mutating func `fetches what its list did not show, five in a round, beside those that are new`() {
        chase.begin(targets(1...8), at: at(0), interval: .seconds(30))
        chase.noteListed(targets(1...8))
        #expect(turn(targets(1...8), 0) == [["1", "2", "3", "4", "5"], []])
        #expect(turn(targets(1...9), 0) == [["9", "1", "2", "3", "4"], []])
        #expect(turn(targets(1...14), 0) == [["1", "2", "3", "4", "5"], ["9", "10", "11", "12", "13", "14"]])
    }

    @Test mutating func `only lists while no fetch is answered, and fetches again after a while`() {
        for (second, next) in [(0, 90), (90, 300)] {
            chase.noteFetches(answered: false, at: at(second), interval: .seconds(30))
            #expect(turn(targets(1...1), next - 1) == [[], ["1"]])
            #expect(turn(targets(1...1), next) == [["1"], []])
        }
        chase.noteFetches(answered: true, at: at(300), interval: .seconds(30))
        #expect(turn(targets(1...1), 301) == [["1"], []])
    }

    @Test func `lists those together that were created at about the same time, the newest first`() {
        let targets = [
            target(1, second: 1000), target(2, second: 1060), target(3, second: 1121), target(4, second: 5000),
        ]
        let spans = Chase.spans(of: targets, gap: .seconds(60))
        #expect(
            spans.map(\.slice) == [
                Slice(start: Timestamp(seconds: 5000), end: Timestamp(seconds: 5000)),
                Slice(start: Timestamp(seconds: 1121), end: Timestamp(seconds: 1121)),
                Slice(start: Timestamp(seconds: 1000), end: Timestamp(seconds: 1060)),
            ])
        #expect(spans.map { $0.targets.map(\.id) } == [["4"], ["3"], ["2", "1"]])
    }
}
