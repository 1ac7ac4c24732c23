/// What an editor needs to know the API, as files of a folder.
public enum EditorFiles {
  /// Paths in the folder, and texts.
  public static var all: [(path: String, text: String)] {
    [
      ("library/uc.lua", EditorStub.text), (".luarc.json", languageServer(library: "library")),
      (".luacheckrc", LuacheckStandard.text),
    ]
  }

  /// The settings of lua-language-server, `.luarc.json`: what is not in a script's Lua is unknown there too.
  public static func languageServer(library: String) -> String {
    """
    {
      "$schema": "https://raw.githubusercontent.com/LuaLS/vscode-lua/master/setting/schema.json",
      "runtime.version": "Lua 5.4",
      "runtime.builtin": { "debug": "disable", "ffi": "disable", "io": "disable", "package": "disable" },
      "workspace.library": ["\(library)"],
      "workspace.checkThirdParty": false,
      "diagnostics.neededFileStatus": { "await-in-sync": "Any" }
    }

    """
  }
}
