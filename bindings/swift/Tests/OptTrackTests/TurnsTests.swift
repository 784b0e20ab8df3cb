// Locks, turns and the log of the host's services.
import Testing

@testable import OptTrack

@Suite(.timeLimit(.minutes(2)))
struct TurnsTests {
  @Test func oneAtATimeForAVisitor() async {
    let (turns, inside, most) = (Turns(), Locked(0), Locked(0))
    @Sendable func visit() async {
      inside.use { $0 += 1 }
      await Task.yield()
      let now = inside.use { $0 }
      most.use { $0 = max($0, now) }
      inside.use { $0 -= 1 }
    }
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<50 {
        group.addTask {
          await turns.enterAsync("u")
          await visit()
          turns.leave("u")
        }
      }
    }
    #expect(most.use { $0 } == 1)
  }

  @Test func othersDoNotWait() {
    let turns = Turns()
    turns.waitToEnter("u")
    turns.waitToEnter("v")
    turns.leave("u")
    turns.waitToEnter("u")
    turns.leave("u")
    turns.leave("v")
  }

  @Test func whatFailsAgainIsSaidOnceAnHour() {
    let lines = Locked<[String]>([])
    let log = ServiceLog(level: .error) { line in lines.use { $0.append(line) } }
    let start = ContinuousClock.now
    log.say(.lookup, "a", now: start)
    log.say(.save, "b", now: start)
    log.say(.lookup, "a", now: start + .seconds(1))
    log.say(.lookup, "a", now: start + .seconds(3_599))
    log.say(.lookup, "c", now: start + .seconds(3_600))
    log.say(.lookup, "d", now: start + .seconds(7_200))
    #expect(
      lines.use { $0 } == [
        "opttrack error: a\n", "opttrack error: b\n", "opttrack error: c (2 more in the last hour)\n",
        "opttrack error: d\n",
      ])
  }

  @Test func aLogThatIsOffSaysNothing() {
    let lines = Locked<[String]>([])
    ServiceLog(level: .off) { line in lines.use { $0.append(line) } }.say(.save, "b")
    #expect(lines.use { $0.isEmpty })
  }
}
