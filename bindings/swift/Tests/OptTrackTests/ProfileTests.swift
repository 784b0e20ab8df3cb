// Profiles: looked up first, saved after, and never a reason to fail.
import Foundation
import Testing

@testable import OptTrack

/// Keeps profiles in memory, and counts.
private final class Shelf: ProfileService {
  let profiles = Locked<[String: UserProfile]>([:])
  let lookups = Locked(0)
  let saves = Locked(0)
  let lookupFails = Locked(false)
  let saveFails = Locked(false)

  func lookup(userID: String) throws -> UserProfile? {
    lookups.use { $0 += 1 }
    if lookupFails.use({ $0 }) { throw Trouble() }
    return profiles.use { $0[userID] }
  }

  func save(_ profile: UserProfile) throws {
    saves.use { $0 += 1 }
    if saveFails.use({ $0 }) { throw Trouble() }
    profiles.use { $0[profile.userID] = profile }
  }
}

@Suite(.timeLimit(.minutes(2)))
struct ProfileTests {
  let user = User("visitor-1")
  private let shelf = Shelf()
  private let log = Locked<[String]>([])

  private func client(traffic: Int = 10_000) throws -> Client {
    try Shop.client(datafile: Shop.datafile(traffic: traffic)) { [log] options in
      options.profileService = shelf
      options.logLevel = .error
      options.writeLog = { line in log.use { $0.append(line) } }
    }
  }

  @Test func aVisitorKeepsTheVariationWhenTrafficEnds() throws {
    #expect(try client().decide("new_checkout", for: user).variationKey == "on")
    #expect(shelf.profiles.use { $0["visitor-1"] } == UserProfile(userID: "visitor-1", variations: ["404": "4040"]))
    let later = try client(traffic: 0)
    #expect(later.decide("new_checkout", for: user).variationKey == "on")
    #expect(later.decide("new_checkout", for: User("visitor-2")).variationKey == nil)
    #expect(later.decide("new_checkout", for: user, options: .ignoreUserProfileService).variationKey == nil)
    #expect(shelf.saves.use { $0 } == 1)
  }

  @Test func oneLookupAndOneSaveACall() throws {
    let client = try client()
    _ = client.decideAll(for: user)
    #expect(shelf.lookups.use { $0 } == 1)
    #expect(shelf.saves.use { $0 } == 1)
    _ = client.decideAll(for: user)
    #expect(shelf.lookups.use { $0 } == 2)
    #expect(shelf.saves.use { $0 } == 1)
    _ = client.decide(flags: [], for: user)
    _ = client.decideAll(for: user, options: .ignoreUserProfileService)
    try client.track("signup", for: user)
    #expect(shelf.lookups.use { $0 } == 2)
  }

  @Test func otherExperimentsOfAProfileAreKept() throws {
    shelf.profiles.use { $0["visitor-1"] = UserProfile(userID: "visitor-1", variations: ["999": "1"]) }
    _ = try client().activate("checkout_button", for: user)
    #expect(shelf.profiles.use { $0["visitor-1"]?.variations } == ["999": "1", "401": "4010"])
  }

  @Test func aFailedLookupIsLoggedAndNothingIsOverwritten() throws {
    shelf.lookupFails.use { $0 = true }
    let client = try client()
    #expect(client.decide("new_checkout", for: user).variationKey == "on")
    #expect(shelf.saves.use { $0 } == 0)
    #expect(log.use { $0.count } == 1)
    #expect(log.use { $0.allSatisfy { $0.contains("look up") && $0.contains("Trouble") && !$0.contains("visitor-1") } })
  }

  @Test func aFailedSaveIsLogged() throws {
    shelf.saveFails.use { $0 = true }
    let decision = try client().decide("new_checkout", for: user)
    #expect(decision.variationKey == "on")
    #expect(decision.error == nil)
    #expect(log.use { $0.count } == 1)
    #expect(log.use { $0.allSatisfy { $0.contains("save") } })
  }

  @Test func byDefaultTheServiceCanBeIgnored() throws {
    let client = try Shop.client { [shelf] in
      $0.profileService = shelf
      $0.defaultDecideOptions = .ignoreUserProfileService
    }
    _ = client.decide("new_checkout", for: user)
    #expect(shelf.lookups.use { $0 } == 0)
    // Decide options are for decide calls.
    _ = try client.activate("checkout_button", for: user)
    #expect(shelf.lookups.use { $0 } == 1)
    #expect(shelf.saves.use { $0 } == 1)
  }

  @Test func aFolderKeepsProfilesToo() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("opttrack-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    func client(traffic: Int) throws -> Client {
      try Shop.client(datafile: Shop.datafile(traffic: traffic)) { $0.userProfileDirectory = folder.path }
    }
    #expect(try client(traffic: 10_000).decide("new_checkout", for: user).variationKey == "on")
    #expect(try client(traffic: 0).decide("new_checkout", for: user).variationKey == "on")
    #expect(try client(traffic: 0).decide("new_checkout", for: User("visitor-2")).variationKey == nil)
  }

  @Test func serviceAndFolderAreOneTooMany() {
    let error = refusal {
      try Shop.client { [shelf] in
        $0.profileService = shelf
        $0.userProfileDirectory = "/tmp"
      }
    }
    #expect(error?.name == "invalidArgument")
    #expect(error?.report.place == "userProfileDirectory")
  }
}
