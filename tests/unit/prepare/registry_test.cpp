#include "fullshard/prepare/registry.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "fullshard/core/error.hpp"
#include "prepare/files.hpp"
#include "support/shared_assets.hpp"

namespace fullshard::prepare {
namespace {

using test::write;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class RegistryTest : public testing::Test {
 protected:
  Registry registry(const std::string& entries) {
    write(dir_ / "dataset_info.json", "{" + entries + "}");
    write(dir_ / "rows.json", "[]");
    return load_registry(dir_.path());
  }
  SourceFiles source(const std::string& entry) {
    return registry("\"mine\": " + entry).source("mine", "dataset");
  }
  void refuses(const std::string& entry, const char* words) {
    EXPECT_THAT([&] { source(entry); },
                ThrowsMessage<ConfigError>(
                    AllOf(HasSubstr("dataset: mine in dataset_info.json: "), HasSubstr(words))));
  }
  fullshard::test::TempDir dir_;
};

TEST_F(RegistryTest, an_entry_without_columns_is_alpaca_by_its_usual_names) {
  const SourceFiles found = source(R"({"file_name": "rows.json"})");

  EXPECT_THAT(found.files, ElementsAre(dir_ / "rows.json"));
  EXPECT_EQ(found.format.formatting, Formatting::Alpaca);
  EXPECT_EQ(found.format.columns, (Columns{.prompt = "instruction", .query = "input", .response = "output"}));
  EXPECT_EQ(found.num_samples, std::nullopt);
}

TEST_F(RegistryTest, listed_columns_and_tags_leave_no_default_standing) {
  const SourceFiles alpaca =
      source(R"({"file_name": "rows.json", "num_samples": 5, "columns": {"prompt": "text", "query": null}})");
  const SourceFiles chat = source(R"({"file_name": "rows.json", "formatting": "sharegpt", "split": "train",
      "columns": {"tools": "tools"}, "tags": {"user_tag": "user", "assistant_tag": "assistant"}})");

  EXPECT_EQ(alpaca.format.columns, Columns{.prompt = "text"});
  EXPECT_EQ(alpaca.num_samples, 5);
  EXPECT_EQ(chat.format.columns, (Columns{.messages = "conversations", .tools = "tools"}));
  EXPECT_EQ(
      chat.format.tags,
      (Tags{.user = "user", .assistant = "assistant", .observation = "", .function = "", .system = ""}));
}

TEST_F(RegistryTest, a_byte_order_mark_does_not_matter) {
  write(dir_ / "rows.json", "[]");
  write(dir_ / "dataset_info.json", "\xEF\xBB\xBF{\"mine\": {\"file_name\": \"rows.json\"}}");
  EXPECT_EQ(load_registry(dir_.path()).source("mine", "dataset").name, "mine");
}

TEST_F(RegistryTest, openai_has_its_own_words) {
  const SourceFiles found = source(R"({"file_name": "rows.json", "formatting": "openai"})");

  EXPECT_EQ(found.format.columns, Columns{.messages = "messages"});
  EXPECT_EQ(found.format.tags, (Tags{.role = "role",
                                     .content = "content",
                                     .user = "user",
                                     .assistant = "assistant",
                                     .observation = "tool"}));
}

TEST_F(RegistryTest, what_cannot_be_trained_here_is_refused_with_its_reason_when_used) {
  refuses(R"({"hf_hub_url": "org/data"})", "hf_hub_url: there is no network in a run; download org/data");
  refuses(R"({"script_url": "dir"})", "script_url: there is no network");
  refuses(R"({"file_name": "rows.json", "ranking": true})", "ranking: preference pairs");
  refuses(R"({"file_name": "rows.json", "columns": {"images": "images"}})", "columns.images: pictures");
  refuses(R"({"file_name": "rows.json", "columns": {"kto_tag": "label"}})", "columns.kto_tag");
  refuses(R"({"file_name": "rows.json", "split": "test"})",
          "split: a file has no splits but train, found test");
  refuses(R"({"file_name": "rows.json", "subset": "en"})",
          "subset: has a meaning for data sets on a network");
  refuses(R"({"file_name": "gone.json"})", "gone.json is not there");
  refuses(R"({})", "file_name is missing");
  refuses(R"(7)", "expected an object, found a number");
  refuses(R"({"file_name": 7})", "file_name: expected a string, found a number");
  refuses(R"({"file_name": "rows.json", "num_samples": 0})", "num_samples: expected an integer of 1 or more");
  refuses(R"({"file_name": "rows.json", "formatting": "csv"})",
          "expected alpaca, sharegpt or openai, found csv");
}

TEST_F(RegistryTest, keys_that_nobody_knows_are_refused_with_the_nearest) {
  refuses(R"({"file_name": "rows.json", "formating": "sharegpt"})",
          "formating is not known; did you mean formatting?");
  refuses(R"({"file_name": "rows.json", "columns": {"promt": "a"}})",
          "columns.promt is not known; did you mean prompt?");
  refuses(R"({"file_name": "rows.json", "tags": {"rolle_tag": "a"}})",
          "tags.rolle_tag is not known; did you mean role_tag?");
}

TEST_F(RegistryTest, a_registry_that_is_none_names_the_directory) {
  EXPECT_THAT([&] { load_registry(dir_.path()); },
              ThrowsMessage<ConfigError>(HasSubstr("dataset_dir: expected dataset_info.json in ")));
  EXPECT_THAT([&] { registry("\"a\": "); },
              ThrowsMessage<ConfigError>(HasSubstr("dataset_info.json: JSON, byte")));
  write(dir_ / "dataset_info.json", "[]");
  EXPECT_THAT([&] { load_registry(dir_.path()); }, ThrowsMessage<ConfigError>(HasSubstr("found a list")));
}

TEST_F(RegistryTest, an_entry_without_a_path_or_a_file_is_a_name) {
  const Registry known = registry(R"("rows.json": {"file_name": "other.json", "formatting": "openai"})");
  write(dir_ / "other.json", "[]");
  const RowFormat pretrain{.stage = config::Stage::Pretrain};
  const auto found = [&](const std::filesystem::path& path) {
    return find_source({"rows.json", path}, known, pretrain, "dataset");
  };

  for (const auto& path : {std::filesystem::path(), dir_ / "gone/rows.json"}) {
    EXPECT_THAT(found(path).files, ElementsAre(dir_ / "other.json"));
    EXPECT_EQ(found(path).format.formatting, Formatting::OpenAi);
    EXPECT_EQ(found(path).format.stage, config::Stage::Pretrain);
  }
  EXPECT_THAT(found(dir_ / "rows.json").files, ElementsAre(dir_ / "rows.json"));
  EXPECT_EQ(found(dir_ / "rows.json").format, pretrain);
}

TEST_F(RegistryTest, an_unknown_name_is_an_error_with_the_nearest) {
  const Registry known = registry(R"("identity": {"file_name": "rows.json"})");
  const auto finds = [&](const std::string& name, const Registry& where) {
    return [&, name] { find_source({name, dir_ / name}, where, {}, "eval_dataset"); };
  };

  EXPECT_THAT(finds("identty", known),
              ThrowsMessage<ConfigError>(
                  HasSubstr("eval_dataset: identty is neither a file nor in dataset_info.json; "
                            "did you mean identity?")));
  EXPECT_THAT(finds("something", known), ThrowsMessage<ConfigError>(HasSubstr("known are identity")));
  EXPECT_THAT(finds("gone.json", Registry()),
              ThrowsMessage<ConfigError>(HasSubstr("with dataset_dir and without a slash, a name")));
  EXPECT_THAT(finds("./identity", known), ThrowsMessage<ConfigError>(HasSubstr("./identity is not there")));
}

TEST_F(RegistryTest, a_directory_is_its_files_by_name) {
  std::filesystem::create_directory(dir_ / "d");
  EXPECT_THAT([&] { files_of(dir_ / "d"); }, ThrowsMessage<DataError>(HasSubstr("without a file")));
  write(dir_ / "d/b.jsonl", "{}");
  write(dir_ / "d/a.jsonl", "{}");
  write(dir_ / "d/.hidden", "");

  EXPECT_THAT(files_of(dir_ / "d"), ElementsAre(dir_ / "d/a.jsonl", dir_ / "d/b.jsonl"));
  std::filesystem::create_directory(dir_ / "d/more");
  EXPECT_THAT([&] { files_of(dir_ / "d"); },
              ThrowsMessage<DataError>(HasSubstr("has a directory in it, more")));
}

TEST_F(RegistryTest, what_is_no_regular_file_is_refused_before_anybody_waits_for_it) {
  std::filesystem::create_directory(dir_ / "d");
  ASSERT_EQ(::mkfifo((dir_ / "d/pipe").c_str(), 0600), 0);

  for (const auto& path : {dir_ / "d/pipe", dir_ / "d", std::filesystem::path("/dev/null")})
    EXPECT_THAT([&] { files_of(path); }, ThrowsMessage<DataError>(HasSubstr("expected a regular file")))
        << path;
}

TEST_F(RegistryTest, the_registry_of_the_peer_is_read_and_its_local_entries_are_found) {
  FS_NEEDS_SHARED_ASSETS();
  const auto data = fullshard::test::shared_assets() / "datasets/llama-factory";
  const Registry peer = load_registry(data);

  EXPECT_GT(peer.names().size(), 90u);
  EXPECT_THAT(peer.source("identity", "dataset").files, ElementsAre(data / "identity.json"));
  EXPECT_EQ(peer.source("glaive_toolcall_en_demo", "dataset").format.columns,
            (Columns{.messages = "conversations", .tools = "tools"}));
  EXPECT_EQ(peer.source("c4_demo", "dataset").format.columns, Columns{.prompt = "text"});
  EXPECT_THAT([&] { peer.source("mllm_demo", "dataset"); },
              ThrowsMessage<ConfigError>(HasSubstr("columns.images")));
}

}  // namespace
}  // namespace fullshard::prepare
