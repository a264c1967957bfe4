import HTTPServer
import Operations
import Simulator
import Testing

struct WorldTests {
    private func world(history: Duration = .seconds(7200), historyRate: Double = 600, rate: Double = 0) -> World {
        var settings = Settings()
        settings.rate = rate
        return World(at: noon, settings: settings, history: history, historyRate: historyRate)
    }

    @Test func `the same seed gives the same world, another seed another`() {
        let texts = ([1, 1, 2] as [UInt64]).map { seed in
            World(at: noon, history: .seconds(86_400), historyRate: 60, seed: seed).truth(birth: noon)?.text
        }
        #expect(texts[0] == texts[1])
        #expect(texts[0] != texts[2])
    }

    @Test func `history and arrivals come at their rates`() {
        var world = World(at: noon, history: .seconds(6 * 86_400), historyRate: 100)
        #expect((14_000...14_800).contains(world.count))
        let before = world.count
        // 30 a minute unless told otherwise.
        world.advance(to: noon + .seconds(7200))
        #expect((3400...3800).contains(world.count - before))
        var settings = world.settings
        settings.rate = 0
        world.change(settings, at: noon + .seconds(7200))
        let after = world.count
        world.advance(to: noon + .seconds(10_000))
        #expect(world.count == after)
    }

    @Test func `arrivals do not depend on how often the world is looked at`() {
        var often = world(rate: 600)
        var once = world(rate: 600)
        for second: Int64 in 1...300 { often.advance(to: noon + .seconds(second)) }
        once.advance(to: noon + .seconds(300))
        #expect(often.truth(birth: noon)?.text == once.truth(birth: noon)?.text)
    }

    @Test func `operations expire after seven days`() {
        var world = world(history: .seconds(3600), historyRate: 1000)
        #expect(world.count > 800)
        world.advance(to: noon + .seconds(7 * 86_400 - 3601))
        let all = world.count
        world.advance(to: noon + .seconds(7 * 86_400 - 1800))
        #expect((1..<all).contains(world.count))
        world.advance(to: noon + .seconds(7 * 86_400 + 1))
        #expect(world.count == 0)
    }

    @Test func `a frozen world stands still, and goes on from there`() {
        var world = world(rate: 6000)
        var settings = world.settings
        settings.frozen = true
        world.change(settings, at: noon + .seconds(60))
        let text = world.truth(birth: noon)?.text
        world.advance(to: noon + .seconds(3600))
        #expect(world.now == noon + .seconds(60))
        #expect(world.truth(birth: noon)?.text == text)
        settings.frozen = false
        world.change(settings, at: noon + .seconds(3600))
        #expect(world.now == noon + .seconds(60))
        world.advance(to: noon + .seconds(3610))
        #expect(world.now == noon + .seconds(70))
        #expect(world.truth(birth: noon)?.text != text)
    }

    @Test func `settings apply to operations created afterwards`() throws {
        var world = world(history: .zero, rate: 6000)
        var settings = world.settings
        settings.failureRatio = 0
        settings.pace = 10_000
        world.change(settings, at: noon)
        world.advance(to: noon + .seconds(60))
        // All of them have ended by now but for the very last; none has failed.
        let before = try #require(world.truth(birth: noon))
        #expect(before.gains.milestones[.total] > 0)
        #expect(before.gains.milestones[.failed] == 0)
        settings.failureRatio = 1
        world.change(settings, at: noon + .seconds(60))
        world.advance(to: noon + .seconds(120))
        let after = try #require(world.truth(birth: noon))
        let gained = after.gains.milestones - before.gains.milestones
        #expect(gained[.failed] > gained[.total] / 3)
    }

    @Test func `the log keeps its numbers while old operations go`() {
        // Long enough that the log moves its operations forward several times.
        var world = world(history: .zero, rate: 6)
        for hour: Int64 in 1...400 {
            world.advance(to: noon + .seconds(hour * 3600))
            // A week of six a minute is 60,480, give or take four standard deviations.
            guard hour >= 168 else { continue }
            #expect((59_500...61_500).contains(world.count))
        }
    }
}
