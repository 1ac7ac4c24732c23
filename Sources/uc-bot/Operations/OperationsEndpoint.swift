import BotKit
import Logging
import NIOCore
import UniversalConnectivity
import Web

/// What `--http` serves: health, metrics, and the webhooks of the scripts.
struct OperationsEndpoint: Sendable {
  let bots: BotTeam
  let node: ChatNode
  let metrics: PeerMetrics
  let webhooks: BotWebhooks

  /// Answers a request.
  func answer(_ request: ServerRequest, _ completion: @escaping @Sendable (ServerResponse) -> Void) {
    switch request.path {
    case "/healthz", "/metrics":
      guard request.method == "GET" || request.method == "HEAD" else {
        return completion(
          ServerResponse(
            status: 405, headers: [WebHeader("allow", "GET, HEAD")], body: Array("only GET and HEAD\n".utf8)))
      }
      let isHealth = request.path == "/healthz"
      Task { completion(isHealth ? await health() : await measurements()) }
    default:
      let headers = request.headers.map { BotHTTPHeader($0.name, $0.value) }
      let asked = BotWebhookRequest(
        method: request.method, path: request.path, query: request.query, headers: headers, body: request.body)
      webhooks.answer(asked) { answer in
        completion(
          ServerResponse(
            status: answer.status, contentType: answer.contentType ?? "text/plain; charset=utf-8", body: answer.body))
      }
    }
  }

  private func measurements() async -> ServerResponse {
    let families = metrics.families(await node.measurements) + bots.metrics
    return ServerResponse(
      status: 200, contentType: PrometheusText.contentType, body: Array(PrometheusText.text(families).utf8))
  }

  /// 200 when everything is well; else 503. It says what is not.
  private func health() async -> ServerResponse {
    let measurements = await node.measurements
    let reports = await bots.health()
    let isWell = reports.allSatisfy(\.isWell) && measurements.liveness != .deaf
    let report = HealthReport(
      isReady: measurements.meshPeers > 0, network: measurements.liveness, silentSeconds: measurements.silentSeconds,
      scripts: reports)
    return ServerResponse(
      status: isWell ? 200 : 503, contentType: "application/json", headers: [WebHeader("cache-control", "no-store")],
      body: Array(report.json.utf8))
  }
}

/// How a script is, as `/healthz` tells it.
struct ScriptHealth: Sendable, Equatable {
  var script: String
  /// nil: it is stuck in a function of C, or has not answered in time.
  var health: BotHealth?

  var isWell: Bool { health?.isWell ?? false }
}

/// What `/healthz` answers.
struct HealthReport: Sendable {
  /// Whether texts reach somebody. A bot that is alone is not ill: it waits for others.
  var isReady: Bool
  /// Whether anybody hears the bots. Deaf is an illness: peers are wanted, and none of them has been there for long.
  var network = Liveness.State.ready
  var silentSeconds = 0.0
  var scripts: [ScriptHealth]

  /// One object on one line.
  var json: String {
    var all = JSONObject()
    for report in scripts {
      var script = JSONObject()
      script.add("ok", report.isWell)
      if let health = report.health {
        var checks = JSONObject()
        for check in health.checks { checks.add(check.name, check.problem ?? "ok") }
        script.add("checks", checks)
      } else {
        script.add("problem", "no answer in time")
      }
      all.add(report.script, script)
    }
    var object = JSONObject()
    object.add("ok", scripts.allSatisfy(\.isWell) && network != .deaf)
    object.add("ready", isReady)
    object.add("network", network.rawValue)
    object.add("silent_seconds", Int(min(silentSeconds, 1e15)))
    object.add("scripts", all)
    return object.line + "\n"
  }
}
