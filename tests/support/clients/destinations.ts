import type { DestinationRefusal } from "../../../shared/webhooks/destination.ts";

/** URLs that a deployment must not call: what it says of them, why, and the spellings. */
type Hostile = [verdict: DestinationRefusal, why: string, urls: string[]];

/** URLs without spaces or escapes, as they stand. */
export function list(text: TemplateStringsArray): string[] {
  return text.join("").trim().split(/\s+/);
}

export const OWN_HOST = "diarist.example.com";

export const HOSTILE: Hostile[] = [
  // Addresses. The ranges are those of Svix's is_allowed_test; public ones are refused with them.
  ["ip_address", "IPv4 loopback", list`https://127.0.0.1/ https://127.255.255.254/ https://127.0.0.1:443/`],
  ["ip_address", "IPv4 with a final dot", list`https://127.0.0.1./ https://10.0.0.1./hook https://127.1./`],
  [
    "ip_address",
    "IPv4, short",
    list`https://127.1/ https://127.0.1/ https://0/ https://10.1/ https://192.168.257/`,
  ],
  [
    "ip_address",
    "IPv4 as one decimal number",
    list`https://2130706433/ https://167772161/ https://3232235777/ https://2852039166/latest/meta-data/ https://4294967295/`,
  ],
  [
    "ip_address",
    "IPv4 in octal",
    list`https://0177.0.0.1/ https://0177.0000.0000.0001/ https://017700000001/ https://012.0.0.1/
      https://0251.0376.0251.0376/ https://00000177.1/ https://127.000.000.001/`,
  ],
  [
    "ip_address",
    "IPv4 in hexadecimal",
    list`https://0x7f000001/ https://0x7f.1/ https://0x7F.0x00.0x00.0x01/ https://0xc0a80101/ https://0xa9fea9fe/ https://0x0/`,
  ],
  [
    "ip_address",
    "IPv4 of mixed bases",
    list`https://0x7f.0.0.01/ https://127.0x1/ https://0251.254.0xa9.254/ https://169.254.43518/ https://0xa.0.0.01/`,
  ],
  [
    "ip_address",
    "IPv4, percent-encoded",
    list`https://%31%32%37.0.0.1/ https://127%2e0%2e0%2e1/ https://%31%30%2e1/ https://0x7f%2e1/`,
  ],
  [
    "ip_address",
    "IPv4 in full-width, enclosed or mathematical digits, and dots of other scripts",
    list`https://１２７.０.０.１/ https://①②⑦.⓪.⓪.①/ https://𝟏𝟐𝟕.𝟎.𝟎.𝟏/ https://127。0。0。1/
      https://127．0．0．1/ https://127｡0｡0｡1/ https://①②⑦｡⓪｡⓪｡①/ https://０ｘ７ｆ.1/`,
  ],
  [
    "ip_address",
    "IPv4 with letters that nobody sees",
    ["https://127.0.0.\u00ad1/", "https://127.0\u200b.0.1/"],
  ],
  ["ip_address", "this host, 0.0.0.0/8", list`https://0.0.0.0/ https://0.1.2.3/`],
  [
    "ip_address",
    "private, RFC 1918",
    list`https://10.0.0.1/ https://10.254.0.0/ https://172.16.10.65/ https://172.31.255.255/ https://192.168.10.65/`,
  ],
  ["ip_address", "carrier NAT, 100.64.0.0/10", list`https://100.64.0.1/ https://100.127.255.254/`],
  [
    "ip_address",
    "link-local, and the clouds' metadata on it",
    list`https://169.254.169.254/latest/meta-data/ https://169.254.170.2/v2/credentials https://169.254.0.23/ https://169.254.1.1/`,
  ],
  ["ip_address", "Alibaba's metadata", list`https://100.100.100.200/latest/meta-data/`],
  [
    "ip_address",
    "protocol assignments, 6to4 relays, benchmarks, documentation",
    list`https://192.0.0.192/ https://192.0.2.255/ https://192.88.99.1/ https://198.18.0.0/ https://198.51.100.65/ https://203.0.113.6/`,
  ],
  [
    "ip_address",
    "multicast, reserved, broadcast",
    list`https://224.0.0.1/ https://240.0.0.1/ https://250.10.20.30/ https://255.255.255.255/`,
  ],
  [
    "ip_address",
    "public addresses: nobody's certificate is for them",
    list`https://1.1.1.1/ https://8.8.8.8:443/`,
  ],
  [
    "ip_address",
    "an address before what looks like a host",
    list`https://169.254.169.254?https://example.com/ https://169.254.169.254#.example.com/`,
  ],
  [
    "ip_address",
    "IPv6 loopback and none",
    list`https://[::1]/ https://[0:0:0:0:0:0:0:1]/ https://[0000::0001]/ https://[::1]:443/ https://[::]/ https://[::0]/`,
  ],
  [
    "ip_address",
    "IPv4 mapped into IPv6",
    list`https://[::ffff:127.0.0.1]/ https://[::ffff:7f00:1]/ https://[0:0:0:0:0:ffff:127.0.0.1]/
      https://[::ffff:169.254.169.254]/ https://[::FFFF:A9FE:A9FE]/ https://[::ffff:8.8.8.8]/`,
  ],
  [
    "ip_address",
    "IPv4 in IPv6, compatible or translated",
    list`https://[::127.0.0.1]/ https://[::7f00:1]/ https://[::ffff:0:127.0.0.1]/`,
  ],
  [
    "ip_address",
    "NAT64",
    list`https://[64:ff9b::127.0.0.1]/ https://[64:ff9b::a9fe:a9fe]/ https://[64:ff9b:1::10.0.0.1]/`,
  ],
  [
    "ip_address",
    "6to4 and Teredo",
    list`https://[2002:7f00:1::]/ https://[2002:a9fe:a9fe::1]/ https://[2001:0:53aa:64c::1]/`,
  ],
  [
    "ip_address",
    "IPv6 link-local and site-local",
    list`https://[fe80::1]/ https://[febf::1]/ https://[fec0::1]/`,
  ],
  [
    "ip_address",
    "IPv6 private, and Amazon's metadata in it",
    list`https://[fc00::1]/ https://[fd00:ec2::254]/ https://[fdff:ffff::1]/`,
  ],
  [
    "ip_address",
    "IPv6 multicast, discard, documentation, segment routing",
    list`https://[ff02::1]/ https://[100::1]/ https://[2001:db8::1]/ https://[3fff::1]/ https://[5f00::1]/`,
  ],
  ["ip_address", "public IPv6", list`https://[2606:4700:4700::1111]/ https://[2001:4860:4860::8888]:443/`],
  [
    "ip_address",
    "public names that stand for the address written in them",
    list`https://127.0.0.1.nip.io/ https://app.10.0.0.1.nip.io/ https://7f000001.nip.io/ https://10-0-0-1.sslip.io/
      https://169.254.169.254.xip.io/ https://127.0.0.1.NIP.io/ https://magic-127-0-0-1.nip.io/ https://nip.io/
      https://127-0-0-1.traefik.me/ https://127-0-0-1.local.gd/`,
  ],
  [
    "ip_address",
    "public names that stand for loopback",
    list`https://localtest.me/ https://app.LocalTest.me/ https://lvh.me/ https://a.vcap.me/ https://lacolhost.com/
      https://fuf.me/ https://a.localho.st/`,
  ],
  [
    "ip_address",
    "public names whose address changes between two looks",
    list`https://7f000001.a9fea9fe.rbndr.us/ https://make-1.2.3.4-rebind-127.0.0.1-rr.1u.ms/`,
  ],

  // Names that public DNS does not serve.
  [
    "not_public",
    "localhost",
    list`https://localhost/ https://LOCALHOST/ https://localhost./ https://localhost:443/ https://app.localhost/
      https://a.b.localhost/ https://app.localhost./ https://localhost.localdomain/ https://ip6-localhost/`,
  ],
  [
    "not_public",
    "localhost in other letters",
    [
      ...list`https://loc%61lhost/ https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/ https://ｌocalhost/`,
      "https://localho\u00adst/",
      "https://local\u200bhost/",
    ],
  ],
  [
    "not_public",
    "a single word: a neighbour's name",
    list`https://kubernetes/ https://intranet/ https://redis/ https://xn--bcher-kva/ https://com/ https://bücher/`,
  ],
  [
    "not_public",
    ".local",
    list`https://printer.local/ https://PRINTER.LOCAL/ https://printer.local./ https://printer｡local/ https://kubernetes.default.svc.cluster.local/`,
  ],
  [
    "not_public",
    ".internal",
    list`https://db.internal/ https://host.docker.internal/ https://app.process.internal./`,
  ],
  [
    "not_public",
    "the clouds' metadata by name",
    list`https://metadata.google.internal/computeMetadata/v1/ https://metadata.google.internal./ https://metadata/
      https://instance-data/ https://instance-data.ec2.internal/ https://metadata.goog/computeMetadata/v1/
      https://metadata.tencentyun.com/latest/ https://metadata.platformequinix.com/metadata https://METADATA.goog/`,
  ],
  [
    "not_public",
    ".arpa, .home.arpa",
    list`https://router.home.arpa/ https://home.arpa/ https://1.0.0.127.in-addr.arpa/ https://1.0.0.0.ip6.arpa/`,
  ],
  [
    "not_public",
    "the usual inner suffixes",
    list`https://nas.lan/ https://nas.home/ https://git.corp/ https://wiki.intranet/ https://db.private/ https://vault.service.consul/ https://kubernetes.default.svc/`,
  ],
  [
    "not_public",
    "names kept for tests and other networks",
    list`https://shop.test/ https://shop.invalid/ https://expyuzz4wqqyqhjn.onion/ https://name.alt/`,
  ],

  // Other ways to be called.
  ["not_https", "plain http", list`http://example.com/ HTTP://example.com/ http://example.com:443/`],
  [
    "not_https",
    "plain http to this machine",
    list`http://127.0.0.1/ http://localhost:3000/ http://[::1]/ http://169.254.169.254/latest/meta-data/`,
  ],
  [
    "not_https",
    "schemes that reach other services",
    list`ftp://example.com/a.mp3 sftp://example.com/a.mp3 gopher://127.0.0.1:6379/_INFO dict://127.0.0.1:11211/stat
      ldap://127.0.0.1/ tftp://example.com/a ws://example.com/ wss://example.com/ s3://bucket.example.com/key
      r2://bucket.example.com/key httpss://example.com/`,
  ],
  [
    "not_https",
    "schemes that reach files or run code",
    list`file://example.com/etc/passwd file://localhost/etc/passwd jar://example.com/a.jar netdoc://example.com/
      javascript://example.com/%0aalert(1) data://text/plain,hello blob://example.com/1`,
  ],
  [
    "port_not_allowed",
    "other services' ports",
    list`https://example.com:0/ https://example.com:22/ https://example.com:80/ https://example.com:6379/`,
  ],
  [
    "port_not_allowed",
    "ports beside 443, and the ends of the range",
    list`https://example.com:442/ https://example.com:444/ https://example.com:8443/ https://example.com:65535/`,
  ],
  [
    "has_credentials",
    "a user name or password, empty ones too",
    list`https://user@example.com/ https://user:secret@example.com/ https://:secret@example.com/ https://@example.com/ https://:@example.com/`,
  ],
  [
    "has_credentials",
    "a host in the place of the user name",
    list`https://example.com@evil.com/ https://example.com:443@169.254.169.254/ https://example.com%20@127.0.0.1/
      https://a@b@example.com/ https://example.com%2f@evil.com/ https://user@localhost/`,
  ],
  [
    "own_host",
    "Diarist's own host",
    list`https://diarist.example.com/v1/jobs https://DIARIST.example.COM/ https://diarist.example.com:443/`,
  ],
  [
    "own_host",
    "Diarist's own host on another port or with a final dot",
    list`https://diarist.example.com:8443/ https://diarist.example.com./`,
  ],
  [
    "own_host",
    "Diarist's own host in other letters",
    list`https://diarist%2Eexample.com/ https://ⓓiarist.example.com/ https://diarist。example。com/`,
  ],

  // What is no URL, or one that two parsers read differently.
  ["invalid_url", "nothing", ["", " "]],
  ["invalid_url", "no scheme", ["example.com", "//example.com/", "/v1/jobs"]],
  [
    "invalid_url",
    "schemes without a host",
    [
      "https:",
      "https:/",
      "https://",
      "https:///",
      "mailto:a@example.com",
      "data:audio/wav;base64,UklGRg==",
      "javascript:alert(1)",
      "file:///etc/passwd",
    ],
  ],
  [
    "invalid_url",
    "missing or additional slashes",
    ["https:example.com", "https:/example.com", "https:///example.com"],
  ],
  [
    "invalid_url",
    "backslashes",
    [
      "https:\\\\example.com",
      "https://example.com\\@169.254.169.254/",
      "https://example.com\\.evil.com/",
      "https:/\\example.com/",
    ],
  ],
  [
    "invalid_url",
    "control characters, which some parsers drop",
    [
      "ht\ntps://example.com/",
      "https://exam\tple.com/",
      "https://example.com/\r\nHost: evil.com",
      "https://example.com/\u0000",
      "\u0001https://example.com/",
      "https://127.0.0\t.1/",
      "https://example.com/\u007f",
    ],
  ],
  [
    "invalid_url",
    "spaces and separators in the host",
    [
      "https://exa mple.com/",
      "https://exa%00mple.com/",
      "https://example.com%23.evil.com/",
      "https://example.com／.evil.com/",
      "https://example.com＃.evil.com/",
      "https://example.com：443/",
    ],
  ],
  [
    "invalid_url",
    "IPv6 with a zone",
    list`https://[fe80::1%25eth0]/ https://[fe80::1%eth0]/ https://[::1%25lo]/ https://[fe80::1%251]/`,
  ],
  [
    "invalid_url",
    "broken IPv6",
    list`https://[::1/ https://::1/ https://[127.0.0.1]/ https://[::ffff:127.0.0.1.]/ https://[::g]/`,
  ],
  [
    "invalid_url",
    "numbers that are no address",
    list`https://1.2.3.4.5/ https://256.256.256.256/ https://4294967296/ https://0x100000000/ https://example.0x7f/ https://example.123/ https://127.0.0.08/`,
  ],
  [
    "invalid_url",
    "ports that are none",
    list`https://example.com:65536/ https://example.com:https/ https://example.com:-1/`,
  ],
  [
    "invalid_url",
    "final dots and empty labels",
    list`https://example.com./ https://example.com../ https://example..com/ https://.example.com/`,
  ],
  [
    "invalid_url",
    "an address's service with a final dot",
    list`https://127.0.0.1.nip.io./ https://localtest.me./`,
  ],
  [
    "invalid_url",
    "labels that DNS does not have",
    list`https://-example.com/ https://example-.com/ https://exam!ple.com/ https://exam'ple.com/ https://$(id).example.com/ https://*.example.com/`,
  ],
  [
    "invalid_url",
    "punycode of plain letters",
    list`https://app.xn--localhost-/ https://printer.xn--local-/ https://xn--nip-.io/`,
  ],
  [
    "invalid_url",
    "labels and hosts that are too long",
    [`https://${"a".repeat(64)}.com/`, `https://${"a.".repeat(126)}com/`],
  ],
];

/** Ordinary URLs that must be called, and what of each could be taken for hostile. */
export const ORDINARY: [why: string, url: string][] = [
  ["no path", "https://example.com"],
  ["nothing", "https://example.com/"],
  ["capitals", "HTTPS://EXAMPLE.COM/Hook"],
  ["the port of https, written out", "https://example.com:443/hook"],
  ["a query with escapes", "https://hooks.example.com/diarist?tenant=7&x=%20"],
  ["ends like our own host", "https://not-diarist.example.com/"],
  ["below our own host", "https://www.diarist.example.com/"],
  ["begins like our own host", "https://diarist.example.com.evil.net/"],
  ["an underscore in a label", "https://my_bucket.s3.eu-central-1.amazonaws.com/a.wav?X-Amz-Signature=00"],
  ["a label of hexadecimal digits", "https://0123456789abcdef.r2.cloudflarestorage.com/bucket/a.mp3"],
  ["@ and a space in the path", "https://cdn.example.com/@user/episode 1.mp3"],
  ["@ in the query", "https://cdn.example.com/a.mp3?by=a@b.com"],
  ["other scripts in the path", "https://cdn.example.com/größe/запись.ogg"],
  ["an address in the query", "https://cdn.example.com/a.mp3?from=https://127.0.0.1/"],
  ["an address in the path", "https://cdn.example.com/10.0.0.1/a.mp3"],
  ["an international host", "https://bücher.example.de/hook"],
  ["the same in punycode", "https://xn--bcher-kva.example.de/hook"],
  ["an international suffix", "https://пример.рф/"],
  ["another one", "https://例え.jp/"],
  ["an ideographic full stop", "https://example。com/"],
  ["a label like a number in hexadecimal notation", "https://1e100.net/"],
  ["a label that looks like an address", "https://127-0-0-1.example.com/"],
  ["a number as a label", "https://3.example.com/"],
  ["four numbers as labels, and a suffix", "https://127.0.0.1.example.com/"],
  ["localhost as a label", "https://localhost.example.com/"],
  ["ends in letters of local", "https://mylocal.dev/"],
  ["internal as a label", "https://internal.example.com/"],
  ["metadata as a label", "https://metadata.example.com/"],
  ["a service of addresses as labels", "https://nip.io.example.com/"],
  ["ends like a service of addresses", "https://notnip.io/"],
  ["hyphens in a row", "https://r3---sn-4g5e6nz7.example.com/videoplayback"],
  ["a long suffix", "https://example.museum/"],
  ["spaces around", "  https://example.com/spaces-around  "],
  ["a label of 63 characters", `https://${"a".repeat(63)}.com/`],
];
