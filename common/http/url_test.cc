#include "common/http/url.h"

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(UrlTest, ParsesTheParts) {
  const auto url = ParseUrl("https://[::1]:8443/a/b?c=d#e");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->authority, "[::1]:8443");
  EXPECT_EQ(url->host, "[::1]");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->path, "/a/b");
  EXPECT_EQ(HostOf(url->authority), "::1");
  EXPECT_EQ(HostOf("example.org:80"), "example.org");
  EXPECT_EQ(HostOf("example.org"), "example.org");
}

TEST(UrlTest, FillsInTheDefaultPort) {
  const auto url = ParseUrl("https://h");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->authority, "h");
  EXPECT_EQ(url->port, "443");
  EXPECT_EQ(url->path, "/");
  EXPECT_EQ(ParseUrl("http://h/..")->port, "80");
  EXPECT_EQ(ParseUrl("http://h/a/../b")->path, "/a/../b");
}

// What connects to loopback is seen to.
TEST(UrlTest, NormalisesNumericHosts) {
  EXPECT_EQ(ParseUrl("https://127.1:80/")->host, "127.0.0.1");
  EXPECT_EQ(ParseUrl("https://0x7f000001")->host, "127.0.0.1");
  EXPECT_EQ(ParseUrl("https://[0:0:0:0:0:0:0:1]:6443")->host, "[::1]");
}

TEST(UrlTest, RefusesWithoutQuoting) {
  for (const char* text :
       {"", "geheim", "ftp://geheim", "https://", "https:///geheim",
        "https:/geheim", "https://u:geheim@h/", "https://geheim@h/",
        "https://h/geheim x", "https://h/geheim\n", "https://[::1/geheim",
        "https://h:geheim/", "https://h:70000/geheim", "//geheim", "/geheim"}) {
    const auto url = ParseUrl(text);
    EXPECT_EQ(url.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_FALSE(absl::StrContains(url.status().message(), "geheim"));
  }
}

TEST(UrlTest, JoinsWithOneSlash) {
  EXPECT_EQ(JoinUrl("https://h", "b"), "https://h/b");
  EXPECT_EQ(JoinUrl("https://h/a/", "/b"), "https://h/a/b");
  EXPECT_EQ(JoinUrl("https://h/a//", "//b/"), "https://h/a/b/");
}

TEST(UrlTest, ReplacesTheHostOnly) {
  EXPECT_EQ(ReplaceHost("https://1.2.3.4:6443/a/../b?c=%20d#e", "kubernetes"),
            "https://kubernetes:6443/a/../b?c=%20d#e");
  EXPECT_EQ(ReplaceHost("https://[::1]/a", "h"), "https://h/a");
  EXPECT_EQ(ReplaceHost("https://h/", "not a host"), "");
  EXPECT_EQ(ReplaceHost("h", "kubernetes"), "");
}

TEST(UrlTest, Escapes) {
  EXPECT_EQ(EscapeUrlComponent(""), "");
  EXPECT_EQ(EscapeUrlComponent("aZ9-._~"), "aZ9-._~");
  EXPECT_EQ(EscapeUrlComponent("a b/c:\xc3\xa9"), "a%20b%2Fc%3A%C3%A9");
  EXPECT_EQ(EncodeForm({{"grant type", "a+b"}, {"x", ""}}),
            "grant%20type=a%2Bb&x=");
}

TEST(UrlTest, UnescapesForms) {
  EXPECT_EQ(UnescapeForm("a+b%2Cc%28d%29"), "a b,c(d)");
  EXPECT_EQ(UnescapeForm("%e2%82%ac"), "\xe2\x82\xac");
  EXPECT_EQ(UnescapeForm(""), "");
  EXPECT_EQ(UnescapeForm("100%"), "100%");
  EXPECT_EQ(UnescapeForm("%4"), "%4");
  EXPECT_EQ(UnescapeForm("%zz"), "%zz");
}

}  // namespace
}  // namespace evroc
