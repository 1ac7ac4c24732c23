/// Addresses that other implementations take and refuse: the facts that go-multiaddr's own tests state.
enum MultiaddrFacts {
  static let onion3 = "vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd"
  static let garlic32 = "566niximlxdzpanmn4qouucvua3k7neniwss47li5r6ugoertzuq"
  static let qm = "QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC"
  static let ed25519 = "12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV"
  static let certhash = "uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g"
  static let garlic64Bytes =
    "8d3fc8c976a86ae4e78ba378e75ec41bc9ab1542a9cb422581987e118f5cb0c024f3639d6ad9b3aff613672f07bfbbbfc2f920ef910534"
    + "ecaa6f"
    + "f9c03e0fa4872a764d2fce6d4cfc5a5a9800cd95944cc9ef0241f753fe71494a175f334b35682459acadc4076428ab49b5a83a49d2ea"
    + "2366b064"
    + "61e4a559b0111fa750e0de0c138a94d1231ed5979572ff53922905636221994bdabc44bd0c17fef11622b16432db3f193400af53cc61"
    + "aa9bfc0c"
    + "4c8d874b41a6e18732f0b60f5662ef1a89c80589dd8366c90bb58bb85ead56356aba2a244950ca170abbd01094539014f84bdd383e4a"
    + "10e00cee"
    + "63dfc3e809506e2d9b54edbdca1bace6eaa119e68573d30533791fba830f5d80be5c051a77c09415e3b8fe3139400848be5244b8ae96"
    + "bb0c4a24"
    + "f819cba0488f34985eac741d3359180bd72cafa1559e4c19f54ea8cedbb6a5afde4319396eb92aab340c60a50cc2284580cb3ad09017"
    + "e8d9abc6"
    + "0269b3d8d687680bd86ce834412273d4f2e3bf68dd3d6fe87e2426ac658cd5c77fd5c0aa000000"
  static let garlic64 =
    "jT~IyXaoauTni6N4517EG8mrFUKpy0IlgZh-EY9csMAk82Odatmzr~YTZy8Hv7u~wvkg75EFNOyqb~nAPg-khyp2TS~ObUz8WlqYAM2VlEzJ7w"
    + "JB91P"
    + "-cUlKF18zSzVoJFmsrcQHZCirSbWoOknS6iNmsGRh5KVZsBEfp1Dg3gwTipTRIx7Vl5Vy~1OSKQVjYiGZS9q8RL0MF~7xFiKxZDLbPxk0AK9"
    + "TzGGqm~"
    + "wMTI2HS0Gm4Ycy8LYPVmLvGonIBYndg2bJC7WLuF6tVjVquiokSVDKFwq70BCUU5AU-EvdOD5KEOAM7mPfw-gJUG4tm1TtvcobrObqoRnmhX"
    + "PTBTN5H"
    + "7qDD12AvlwFGnfAlBXjuP4xOUAISL5SRLiulrsMSiT4GcugSI80mF6sdB0zWRgL1yyvoVWeTBn1TqjO27alr95DGTluuSqrNAxgpQzCKEWAy"
    + "zrQkBfo"
    + "2avGAmmz2NaHaAvYbOg0QSJz1PLjv2jdPW~ofiQmrGWM1cd~1cCqAAAA"

  /// Taken, and printed as they are.
  static let canonical = [
    "/ip4/1.2.3.4", "/ip4/0.0.0.0", "/ip4/192.0.2.0/ipcidr/24", "/ip6/::1",
    "/ip6/2601:9:4f81:9700:803e:ca65:66e8:c21/udp/1234/quic",
    "/ip6/2601:9:4f81:9700:803e:ca65:66e8:c21/udp/1234/quic-v1",
    "/ip6/2001:db8::/ipcidr/32", "/ip6zone/x/ip6/fe80::1", "/ip6zone/x%y/ip6/fe80::1", "/ip6zone/x%y/ip6/::",
    "/ip6zone/x/ip6/fe80::1/udp/1234/quic-v1", "/onion/timaq4ygg2iegci7:1234", "/onion/timaq4ygg2iegci7:80/http",
    "/onion3/\(onion3):1234", "/onion3/\(onion3):80/http", "/garlic64/\(garlic64)", "/garlic64/\(garlic64)/http",
    "/garlic64/\(garlic64)/udp/8080", "/garlic32/\(garlic32)", "/garlic32/\(garlic32)zwas",
    "/garlic32/\(garlic32)/http",
    "/garlic32/\(garlic32)/tcp/8080", "/udp/0", "/tcp/0", "/sctp/0", "/udp/1234", "/tcp/1234", "/sctp/1234", "/dccp/9",
    "/udp/65535", "/tcp/65535", "/udp/1234/sctp/1234", "/udp/1234/udt", "/udp/1234/utp", "/tcp/1234/http",
    "/tcp/1234/tls/http", "/tcp/1234/https", "/p2p/\(qm)", "/p2p/\(ed25519)", "/p2p/\(qm)/tcp/1234",
    "/ip4/127.0.0.1/udp/1234", "/ip4/127.0.0.1/udp/0", "/ip4/127.0.0.1/tcp/1234", "/ip4/127.0.0.1/udp/1234/quic-v1",
    "/ip4/127.0.0.1/udp/1234/quic-v1/webtransport",
    "/ip4/127.0.0.1/udp/1234/quic-v1/webtransport/certhash/\(certhash)/certhash/\(certhash)",
    "/ip4/127.0.0.1/udp/9/webrtc-direct/certhash/\(certhash)/p2p/\(ed25519)/p2p-circuit/webrtc/p2p/\(qm)",
    "/ip4/127.0.0.1/p2p/\(qm)", "/ip4/127.0.0.1/p2p/\(qm)/tcp/1234", "/unix/a/b/c/d/e", "/unix/stdio",
    "/ip4/1.2.3.4/tcp/80/unix/a/b/c/d/e/f", "/ip4/127.0.0.1/p2p/\(qm)/tcp/1234/unix/stdio",
    "/ip4/127.0.0.1/tcp/9090/http/p2p-webrtc-direct", "/ip4/127.0.0.1/tcp/127/ws", "/ip4/127.0.0.1/tcp/127/tls",
    "/ip4/127.0.0.1/tcp/127/tls/ws", "/ip4/127.0.0.1/tcp/127/noise", "/ip4/127.0.0.1/tcp/127/wss",
    "/ip4/127.0.0.1/tcp/127/plaintextv2", "/ip4/127.0.0.1/tcp/127/webrtc-direct", "/ip4/127.0.0.1/tcp/127/webrtc",
    "/http-path/tmp%2Fbar", "/http-path/tmp%2Fbar%2Fbaz", "/http-path/foo",
    "/ip4/127.0.0.1/tcp/0/p2p/\(ed25519)/http-path/foo",
    "/ip4/127.0.0.1/tcp/443/tls/sni/example.com/http/http-path/foo",
    "/memory/4", "/memory/18446744073709551615", "/dns/example.com/tcp/1", "/dns4/example.com/tcp/1",
    "/dns6/example.com/tcp/1", "/dnsaddr/bootstrap.libp2p.io", "/dns4/bücher.example/tcp/1",
  ]

  /// Taken, and printed in another form.
  static let spelledOtherwise = [
    ("/ip4/127.0.0.1/tcp/1234/", "/ip4/127.0.0.1/tcp/1234"), ("/ip4/127.0.0.1/tcp/1234///", "/ip4/127.0.0.1/tcp/1234"),
    ("/tcp/0080", "/tcp/80"), ("/ipfs/\(qm)", "/p2p/\(qm)"),
    ("/ip4/127.0.0.1/ipfs/\(qm)/tcp/1", "/ip4/127.0.0.1/p2p/\(qm)/tcp/1"),
    ("/p2p/k2k4r8oqamigqdo6o7hsbfwd45y70oyynp98usk7zmyfrzpqxh1pohl7", "/p2p/\(qm)"),
    (
      "/p2p/bafzbeigvf25ytwc3akrijfecaotc74udrhcxzh2cx3we5qqnw5vgrei4bm",
      "/p2p/QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC"
    ),
    ("/p2p/k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs", "/p2p/\(ed25519)"),
    ("/p2p/bafzaajaiaejcalj543iwv2d7pkjt7ykvefrkfu7qjfi6sduakhso4lay6abn2d5u", "/p2p/\(ed25519)"),
    // Bits behind the last byte mean nothing to I2P.
    ("/garlic32/\(garlic32)zwassw", "/garlic32/\(garlic32)zwassu"),
    ("/onion/TIMAQ4YGG2IEGCI7:80", "/onion/timaq4ygg2iegci7:80"),
    ("/ip6/2001:DB8:0:0::1", "/ip6/2001:db8::1"), ("/ip6/::FFFF:1.2.3.4", "/ip6/::ffff:1.2.3.4"),
    (
      "/certhash/b2uaraocy6yrdblb4sfptaddgimjmmpy", "/certhash/u1QEQOFj2IjCsPJFfMAxmQxLGPw"
    ),
    ("/http-path/a%20b%2fc", "/http-path/a%20b%2Fc"),
  ]

  /// Refused.
  static let refused = [
    "/ip4", "/ip4/::1", "/ip4/fdpsofodsajfdoisa", "/ip4/::/ipcidr/256", "/ip4/1.2.3.4/ipcidr/256",
    "/ip6/::/ipcidr/1026",
    "/ip6", "/ip6zone", "/ip6zone/", "/ip6zone//ip6/fe80::1", "/udp", "/tcp", "/sctp", "/udp/65536", "/tcp/65536",
    "/quic/65536", "/quic-v1/65536", "/onion/9imaq4ygg2iegci7:80", "/onion/aaimaq4ygg2iegci7:80",
    "/onion/timaq4ygg2iegci7:0", "/onion/timaq4ygg2iegci7:-1", "/onion/timaq4ygg2iegci7", "/onion/timaq4ygg2iegci@:666",
    "/onion3/9ww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd:80", "/onion3/\(onion3)7:80",
    "/onion3/\(onion3):0",
    "/onion3/\(onion3):-1", "/onion3/\(onion3)", "/onion3/\(onion3.dropLast())@:666", "/garlic64/\(garlic64)7:80",
    "/garlic64/\(garlic64):0", "/garlic64/\(garlic64):-1", "/garlic64/\(garlic64)@:666", "/garlic64/AAAA",
    "/garlic32/\(garlic32.dropLast())", "/garlic32/\(garlic32.dropLast())77", "/garlic32/\(garlic32.dropLast()):80",
    "/garlic32/\(garlic32):-1", "/garlic32/\(garlic32.dropLast())@", "/udp/1234/sctp", "/udp/1234/udt/1234",
    "/udp/1234/utp/1234", "/ip4/127.0.0.1/udp/jfodsajfidosajfoidsa", "/ip4/127.0.0.1/udp",
    "/ip4/127.0.0.1/tcp/jfodsajfidosajfoidsa", "/ip4/127.0.0.1/tcp", "/ip4/127.0.0.1/quic/1234",
    "/ip4/127.0.0.1/quic-v1/1234", "/ip4/127.0.0.1/udp/1234/quic-v1/webtransport/certhash",
    "/ip4/127.0.0.1/udp/1234/quic-v1/webtransport/certhash/b2uaraocy6yrdblb4sfptaddgimjmmp", "/ip4/127.0.0.1/ipfs",
    "/ip4/127.0.0.1/ipfs/tcp", "/ip4/127.0.0.1/p2p", "/ip4/127.0.0.1/p2p/tcp", "/unix", "/ip4/1.2.3.4/tcp/80/unix",
    "/ip4/1.2.3.4/tcp/-1", "/ip4/1.2.3.4/tcp/+1", "/ip4/127.0.0.1/tcp/9090/http/p2p-webcrt-direct",
    "/memory/92233720368547758081", "/", "", "//", "ip4/1.2.3.4", " /ip4/1.2.3.4", "/ip4//1.2.3.4", "/IP4/1.2.3.4",
    "/p2p/QmxoHT6iViN5xAjoz1VZ553cL31U9F94ht3QvWR1FrEbZY",
    "/p2p/k2k4r8oqamigqdo6o7hsbfwd45y70oyynp98usk7zmyfrzpqxh1pohl-", "/p2p/?unknownmultibase",
    "/p2p/k2jmtxwoe2phm1hbqp0e7nufqf6umvuu2e9qd7ana7h411a0haqj6i2z", "/p2p/0", "/p2p/1", "/dns4//tcp/1", "/http-path/%",
    "/http-path/%2", "/http-path/%zz", "/ip6/fe80::1%eth0", "/dns4/a\u{7}b", "/dns4/a\nb", "/unix/a\u{1b}[31mb",
  ]

  /// Text and binary forms.
  static let binary = [
    ("/ip4/127.0.0.1/udp/1234", "047f000001910204d2"), ("/ip4/127.0.0.1/tcp/4321", "047f0000010610e1"),
    ("/ip4/127.0.0.1/udp/1234/ip4/127.0.0.1/tcp/4321", "047f000001910204d2047f0000010610e1"),
    ("/onion/aaimaq4ygg2iegci:80", "bc030010c0439831b48218480050"),
    ("/onion3/\(onion3):1234", "bd03adadec040be047f9658668b11a504f3155001f231a37f54c4476c07fb4cc139ed7e30304d2"),
    ("/garlic64/\(garlic64)", "be038303" + garlic64Bytes),
    ("/garlic32/\(garlic32)", "bf0320efbcd45d0c5dc79781ac6f20ea5055a036afb48d45a52e7d68ec7d4338919e69"),
    (
      "/ip4/127.0.0.1/tcp/9092/p2p/12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB",
      "047f000001062384a5032600240801122003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
    ),
    ("/dns4/a.b/tcp/1/ws", "3603612e62060001dd03"), ("/unix/a/b", "9003042f612f62"), ("/p2p-circuit", "a202"),
    ("/memory/258", "89060000000000000102"), ("/ip4/1.2.3.4/ipcidr/24", "04010203042b18"),
  ]

  /// Binary addresses that are refused.
  static let refusedBinary = [
    "", "04", "047f0000", "06", "0600", "80", "ffffffffffffffffffff01", "00", "07", "8400010203",
    // A sha256 of 34 bytes in /p2p; a length beyond the end; 2^31 and 2^63-1 as lengths; an overlong length.
    "a503221221c05877cbae039d70a5e600ea02c6f9f2942439285c9e344e26f8d280c850fad6", "3605616263", "368080808008",
    "36ffffffffffffffff7f", "36830061626361", "3600", "36012f", "3601ff", "36010a", "2a00", "2a012f", "900300",
    "9003012f",
    "90030161", "9003032f612f", "9003022f61060001", "bc03000000000000000000000000", "e10300", "d2030112", "d203021201",
    "a50300", "a5030111", "a5032e002c" + String(repeating: "00", count: 44), "be0301aa", "bf0301aa",
  ]
}
