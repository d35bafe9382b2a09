import { describe, expect, test } from "vitest";
import { checkDestination, type DestinationPolicy } from "./destination.ts";

const DEPLOYED: DestinationPolicy = { allowLocal: false, ownHosts: ["diarist.example.com"] };
const UNDER_START: DestinationPolicy = { allowLocal: true, ownHosts: ["127.0.0.1:8787"] };

/** What is said of each URL; a failing test shows the rows that differ and no others. */
function verdicts(urls: string[], policy: DestinationPolicy = DEPLOYED): [string, string][] {
  return urls.map((url) => {
    const destination = checkDestination(url, policy);
    return [url, destination.ok ? "ok" : destination.reason];
  });
}

/** URLs without spaces or escapes, as they stand. */
function list(text: TemplateStringsArray): string[] {
  return text.join("").trim().split(/\s+/);
}

function each(urls: string[], verdict: string): [string, string][] {
  return urls.map((url) => [url, verdict]);
}

describe("a deployment refuses", () => {
  test("IPv4 addresses, public ones too, in every spelling", () => {
    const urls = [
      ...list`
        https://127.0.0.1/ https://127.0.0.1./ https://127.1/ https://127.0.1/
        https://127.255.255.254/ https://127.000.000.001/ https://2130706433/ https://017700000001/
        https://0177.0.0.1/ https://0177.0000.0000.0001/ https://0x7f000001/ https://0x7f.1/
        https://0x7F.0x00.0x00.0x01/ https://0x7f.0.0.01/ https://127.0x1/ https://00000177.1/
        https://0/ https://0.0.0.0/ https://0.1.2.3/ https://10.0.0.1/ https://10.254.0.0/
        https://167772161/ https://012.0.0.1/ https://172.16.10.65/ https://172.31.255.255/
        https://192.168.10.65/ https://3232235777/ https://0xc0a80101/ https://192.168.257/
        https://100.64.0.1/ https://100.100.100.200/ https://169.254.169.254/latest/meta-data/
        https://2852039166/latest/meta-data/ https://0xa9fea9fe/ https://0251.0376.0251.0376/
        https://0251.254.0xa9.254/ https://169.254.43518/ https://169.254.170.2/
        https://192.0.0.192/ https://192.0.2.255/ https://192.88.99.1/ https://198.18.0.0/
        https://198.51.100.65/ https://203.0.113.6/ https://224.0.0.1/ https://240.0.0.1/
        https://250.10.20.30/ https://255.255.255.255/ https://4294967295/ https://1.1.1.1/
        https://8.8.8.8:443/ https://１２７.０.０.１/ https://①②⑦.⓪.⓪.①/ https://127。0。0。1/
        https://127．0．0．1/ https://127｡0｡0｡1/ https://𝟏𝟐𝟕.𝟎.𝟎.𝟏/ https://%31%32%37.0.0.1/
        https://127%2e0%2e0%2e1/ https://169.254.169.254?https://example.com/
        https://169.254.169.254#.example.com/
      `,
      "https://127.0.0.\u00ad1/",
    ];
    expect(verdicts(urls)).toEqual(each(urls, "ip_address"));
  });

  test("IPv6 addresses in every spelling", () => {
    const urls = list`
      https://[::1]/ https://[0:0:0:0:0:0:0:1]/ https://[0000::0001]/ https://[::]/ https://[::0]/
      https://[::ffff:127.0.0.1]/ https://[::ffff:7f00:1]/ https://[0:0:0:0:0:ffff:127.0.0.1]/
      https://[::ffff:169.254.169.254]/ https://[::ffff:8.8.8.8]/ https://[::127.0.0.1]/
      https://[::7f00:1]/ https://[::ffff:0:127.0.0.1]/ https://[64:ff9b::127.0.0.1]/
      https://[64:ff9b::a9fe:a9fe]/ https://[64:ff9b:1::10.0.0.1]/ https://[2002:7f00:1::]/
      https://[2002:a9fe:a9fe::1]/ https://[2001:0:53aa:64c::1]/ https://[fe80::1]/
      https://[febf::1]/ https://[fc00::1]/ https://[fd00:ec2::254]/ https://[fdff:ffff::1]/
      https://[fec0::1]/ https://[ff02::1]/ https://[100::1]/ https://[2001:db8::1]/
      https://[3fff::1]/ https://[5f00::1]/ https://[2606:4700:4700::1111]/
      https://[2001:4860:4860::8888]:443/
    `;
    expect(verdicts(urls)).toEqual(each(urls, "ip_address"));
  });

  test("names that only stand for an address", () => {
    const urls = list`
      https://127.0.0.1.nip.io/ https://app.10.0.0.1.nip.io/ https://7f000001.nip.io/
      https://10-0-0-1.sslip.io/ https://169.254.169.254.xip.io/ https://localtest.me/
      https://app.LocalTest.me/ https://lvh.me/ https://a.vcap.me/ https://lacolhost.com/
      https://7f000001.a9fea9fe.rbndr.us/
    `;
    expect(verdicts(urls)).toEqual(each(urls, "ip_address"));
  });

  test("names of this machine and of inner networks", () => {
    const urls = [
      ...list`
        https://localhost/ https://LOCALHOST/ https://localhost./ https://localhost:443/
        https://loc%61lhost/ https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/ https://ｌocalhost/ https://app.localhost/
        https://a.b.localhost/ https://app.localhost./ https://localhost.localdomain/
        https://ip6-localhost/ https://kubernetes/ https://kubernetes.default.svc/
        https://kubernetes.default.svc.cluster.local/ https://metadata/ https://instance-data/
        https://intranet/ https://xn--bcher-kva/ https://com/ https://printer.local/
        https://PRINTER.LOCAL/ https://printer.local./ https://printer｡local/
        https://metadata.google.internal/computeMetadata/v1/ https://metadata.google.internal./
        https://instance-data.ec2.internal/ https://host.docker.internal/ https://router.home.arpa/
        https://1.0.0.127.in-addr.arpa/ https://1.0.0.0.ip6.arpa/ https://nas.lan/ https://nas.home/
        https://git.corp/ https://wiki.intranet/ https://db.private/ https://vault.service.consul/
        https://shop.test/ https://shop.invalid/ https://expyuzz4wqqyqhjn.onion/ https://name.alt/
      `,
      "https://localho\u00adst/",
      "https://local\u200bhost/",
    ];
    expect(verdicts(urls)).toEqual(each(urls, "not_public"));
  });

  test("every scheme but https", () => {
    const urls = list`
      http://example.com/ HTTP://example.com/ http://127.0.0.1/ http://localhost:3000/
      http://169.254.169.254/latest/meta-data/ ftp://example.com/a.mp3 sftp://example.com/a.mp3
      gopher://127.0.0.1:6379/_INFO dict://127.0.0.1:11211/stat ldap://127.0.0.1/
      tftp://example.com/a ws://example.com/ wss://example.com/ file://example.com/etc/passwd
      file://localhost/etc/passwd jar://example.com/a.jar javascript://example.com/%0aalert(1)
      data://text/plain,hello netdoc://example.com/ s3://bucket.example.com/key
      r2://bucket.example.com/key blob://example.com/1 httpss://example.com/
    `;
    expect(verdicts(urls)).toEqual(each(urls, "not_https"));
  });

  test("what is no URL, and what parsers read differently", () => {
    const urls = [
      "",
      " ",
      "example.com",
      "//example.com/",
      "/v1/jobs",
      "https:",
      "https:/",
      "https://",
      "https:///",
      "https:example.com",
      "https:/example.com",
      "https:///example.com",
      "https:\\\\example.com",
      "https://example.com\\@169.254.169.254/",
      "https://example.com\\.evil.com/",
      "ht\ntps://example.com/",
      "https://exam\tple.com/",
      "https://example.com/\r\nHost: evil.com",
      "https://example.com/\u0000",
      "\u0001https://example.com/",
      "https://exa mple.com/",
      "https://exa%00mple.com/",
      "https://example.com%23.evil.com/",
      "https://example.com／.evil.com/",
      "https://example.com＃.evil.com/",
      "https://example.com：443/",
      "https://[::1/",
      "https://::1/",
      "https://[fe80::1%25eth0]/",
      "https://[fe80::1%eth0]/",
      "https://[::1%25lo]/",
      "https://[127.0.0.1]/",
      "https://[::ffff:127.0.0.1.]/",
      "https://1.2.3.4.5/",
      "https://256.256.256.256/",
      "https://4294967296/",
      "https://0x100000000/",
      "https://example.0x7f/",
      "https://example.123/",
      "https://example.com:65536/",
      "https://example.com:https/",
      "https://example.com:-1/",
      "https://example.com./",
      "https://example.com../",
      "https://example..com/",
      "https://.example.com/",
      "https://-example.com/",
      "https://example-.com/",
      "https://exam!ple.com/",
      "https://exam'ple.com/",
      "https://$(id).example.com/",
      "https://*.example.com/",
      `https://${"a".repeat(64)}.com/`,
      `https://${"a.".repeat(126)}com/`,
      "mailto:a@example.com",
      "data:audio/wav;base64,UklGRg==",
      "javascript:alert(1)",
      "file:///etc/passwd",
      "https://127.0.0.1.nip.io./",
    ];
    expect(verdicts(urls)).toEqual(each(urls, "invalid_url"));
  });

  test("user names and passwords, empty ones too", () => {
    const urls = list`
      https://user@example.com/ https://user:secret@example.com/ https://:secret@example.com/
      https://@example.com/ https://:@example.com/ https://example.com@evil.com/
      https://example.com:443@169.254.169.254/ https://example.com%20@127.0.0.1/
      https://a@b@example.com/ https://example.com%2f@evil.com/ https://user@localhost/
    `;
    expect(verdicts(urls)).toEqual(each(urls, "has_credentials"));
  });

  test("every port but 443", () => {
    const urls = list`
      https://example.com:0/ https://example.com:22/ https://example.com:80/
      https://example.com:442/ https://example.com:444/ https://example.com:6379/
      https://example.com:8443/ https://example.com:65535/
    `;
    expect(verdicts(urls)).toEqual(each(urls, "port_not_allowed"));
  });

  test("its own host, however it is written", () => {
    const urls = list`
      https://diarist.example.com/v1/jobs https://DIARIST.example.COM/
      https://diarist.example.com./ https://diarist.example.com:443/
      https://diarist.example.com:8443/ https://diarist%2Eexample.com/
      https://ⓓiarist.example.com/ https://diarist。example。com/
    `;
    expect(verdicts(urls)).toEqual(each(urls, "own_host"));
  });
});

test("a deployment calls ordinary public addresses", () => {
  const urls = [
    "https://example.com",
    "https://example.com/",
    "HTTPS://EXAMPLE.COM/Hook",
    "https://example.com:443/hook",
    "https://hooks.example.com/diarist?tenant=7&x=%20",
    "https://not-diarist.example.com/",
    "https://www.diarist.example.com/",
    "https://diarist.example.com.evil.net/",
    "https://my_bucket.s3.eu-central-1.amazonaws.com/a.wav?X-Amz-Signature=00",
    "https://0123456789abcdef.r2.cloudflarestorage.com/bucket/a.mp3",
    "https://cdn.example.com/@user/episode 1.mp3",
    "https://cdn.example.com/größe/запись.ogg",
    "https://cdn.example.com/a.mp3?from=https://127.0.0.1/",
    "https://bücher.example.de/hook",
    "https://xn--bcher-kva.example.de/hook",
    "https://пример.рф/",
    "https://例え.jp/",
    "https://example。com/",
    "https://1e100.net/",
    "https://127-0-0-1.example.com/",
    "https://localhost.example.com/",
    "https://mylocal.dev/",
    "https://internal.example.com/",
    "https://nip.io.example.com/",
    "https://notnip.io/",
    "https://r3---sn-4g5e6nz7.example.com/videoplayback",
    "https://3.example.com/",
    "https://example.museum/",
    "  https://example.com/spaces-around  ",
    `https://${"a".repeat(63)}.com/`,
  ];
  expect(verdicts(urls)).toEqual(each(urls, "ok"));
});

describe("the URL to call", () => {
  test("has no fragment, and the host as DNS knows it", () => {
    const destination = checkDestination(" https://BÜCHER.example.com/a b#part ", DEPLOYED);
    expect(destination.ok && destination.url.href).toBe("https://xn--bcher-kva.example.com/a%20b");
  });

  test("has at most 2,048 characters, as it came and as it is sent", () => {
    const start = "https://example.com/";
    const longest = start + "a".repeat(2_048 - start.length);
    const grows = `${start}${"ж".repeat(500)}`;
    expect(verdicts([longest, `${longest}a`, `${start}#${"a".repeat(2_048)}`, grows])).toEqual([
      [longest, "ok"],
      [`${longest}a`, "too_long"],
      [`${start}#${"a".repeat(2_048)}`, "too_long"],
      [grows, "too_long"],
    ]);
  });

  test("may use a port that the policy names, and still 443", () => {
    const policy = { ...DEPLOYED, allowedPorts: [8443] };
    expect(
      verdicts(
        ["https://a.example.com:8443/", "https://a.example.com/", "https://a.example.com:8444/"],
        policy,
      ),
    ).toEqual([
      ["https://a.example.com:8443/", "ok"],
      ["https://a.example.com/", "ok"],
      ["https://a.example.com:8444/", "port_not_allowed"],
    ]);
  });
});

describe("under npm start", () => {
  test("loopback is called on any port, over http too", () => {
    const urls = list`
      http://127.0.0.1:3000/hook https://127.0.0.1:3000/hook http://127.8.9.10/
      http://localhost:3000/ http://LOCALHOST/ http://[::1]:3000/ http://2130706433:3000/
      https://example.com/
    `;
    expect(verdicts(urls, UNDER_START)).toEqual(each(urls, "ok"));
  });

  test("nothing else is loosened", () => {
    const rows: [string, string][] = [
      ["http://example.com/", "not_https"],
      ["https://example.com:8443/", "port_not_allowed"],
      ["http://10.0.0.1/", "not_https"],
      ["https://10.0.0.1/", "ip_address"],
      ["https://192.168.1.1/", "ip_address"],
      ["https://169.254.169.254/", "ip_address"],
      ["https://0.0.0.0/", "ip_address"],
      ["https://[::]/", "ip_address"],
      ["https://[::ffff:127.0.0.1]/", "ip_address"],
      ["https://[fe80::1]/", "ip_address"],
      ["https://app.localhost/", "not_public"],
      ["https://localhost./", "not_public"],
      ["https://printer.local/", "not_public"],
      ["https://127.0.0.1.nip.io/", "ip_address"],
      ["http://user@localhost:3000/", "has_credentials"],
      ["http:\\\\localhost:3000/", "invalid_url"],
      ["file://localhost/etc/passwd", "not_https"],
      ["ftp://127.0.0.1/", "not_https"],
    ];
    const urls = rows.map(([url]) => url);
    expect(verdicts(urls, UNDER_START)).toEqual(rows);
  });

  test("our own port is refused by every name of loopback, and its neighbours are not", () => {
    const own = list`http://127.0.0.1:8787/ http://localhost:8787/ http://[::1]:8787/ http://127.1:8787/`;
    const neighbours = list`http://127.0.0.1:8786/ http://localhost:8788/`;
    expect(verdicts(own, UNDER_START)).toEqual(each(own, "own_host"));
    expect(verdicts(neighbours, UNDER_START)).toEqual(each(neighbours, "ok"));
  });
});

describe("an own host", () => {
  test("may be given as a URL, whose port alone is then refused", () => {
    const policy = { allowLocal: true, ownHosts: ["http://127.0.0.1:80/", "https://Diarist.example.com/"] };
    expect(
      verdicts(["http://127.0.0.1/", "http://127.0.0.1:3000/", "https://diarist.example.com/hook"], policy),
    ).toEqual([
      ["http://127.0.0.1/", "own_host"],
      ["http://127.0.0.1:3000/", "ok"],
      ["https://diarist.example.com/hook", "own_host"],
    ]);
  });

  test("that is no host stops everything: a wrong setting must not open the door", () => {
    expect(() => checkDestination("https://example.com/", { allowLocal: false, ownHosts: [""] })).toThrow(
      TypeError,
    );
  });
});

test("every refusal says what to do", () => {
  const urls = [
    "x",
    "http://a.com/",
    "https://a@b.com/",
    "https://a.com:1/",
    "https://1.1.1.1/",
    "https://a/",
  ];
  const details = urls.map((url) => {
    const destination = checkDestination(url, DEPLOYED);
    return destination.ok ? "" : destination.detail;
  });
  expect(details.every((detail) => /^(Use|Write|Take|Give) /.test(detail))).toBe(true);
});
