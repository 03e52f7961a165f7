#include "services/evroc/testing/object_generator.h"

#include "absl/strings/str_cat.h"
#include "services/evroc/api/kinds.h"

namespace evroc::cloud {

int ObjectGenerator::Number(int least, int most) {
  // std::uniform_int_distribution differs between libraries.
  return least + static_cast<int>(random_() % (most - least + 1));
}

std::string ObjectGenerator::Pick(
    std::initializer_list<absl::string_view> choices) {
  const int last = static_cast<int>(choices.size()) - 1;
  return std::string(choices.begin()[Number(0, last)]);
}

std::string ObjectGenerator::Name() {
  return absl::StrCat(Pick({"a", "node", "default-se-sto", "k8s-0"}), "-",
                      Number(0, 999));
}

absl::Duration ObjectGenerator::Delay() {
  return Coin() ? absl::Seconds(Number(1, 200))
                : absl::Milliseconds(Number(1, 999));
}

template <typename T>
Id<T> ObjectGenerator::SomeId() {
  if (Number(0, 4) > 0) return Id<T>(Name());
  return Id<T>(absl::StrCat("/", kKindInfo<T>.service,
                            "/projects/other/regions/se-sto/",
                            kKindInfo<T>.collection, "/", Name()));
}

template <typename T>
std::vector<Id<T>> ObjectGenerator::SomeIds() {
  std::vector<Id<T>> ids(Number(0, 3));
  for (Id<T>& id : ids) id = SomeId<T>();
  return ids;
}

void ObjectGenerator::Fill(Vpc& vpc) {
  vpc.ipv4_cidr_blocks.resize(Number(0, 2));
  for (std::string& block : vpc.ipv4_cidr_blocks) {
    block = absl::StrCat("10.", Number(0, 255), ".0.0/16");
  }
  vpc.stack_type = static_cast<StackType>(Number(0, 3));
}

void ObjectGenerator::Fill(Subnet& subnet) {
  subnet.vpc = SomeId<Vpc>();
  if (Coin()) subnet.ipv4_cidr_block = "10.0.1.0/24";
  subnet.zone = Pick({"", "a", "b", "c"});
  subnet.stack_type = static_cast<StackType>(Number(1, 3));
}

SecurityRule ObjectGenerator::Rule() {
  SecurityRule rule;
  rule.name = Name();
  rule.direction = Coin() ? Direction::kIngress : Direction::kEgress;
  rule.protocol = static_cast<Protocol>(Number(0, 3));
  if (Coin()) rule.port = Number(1, 65535);
  if (rule.port != 0 && Coin()) rule.end_port = Number(rule.port, 65535);
  switch (Number(0, 3)) {
    case 0:
      rule.remote.cidr = Pick({"0.0.0.0/0", "::/0", "192.0.2.7"});
      break;
    case 1:
      rule.remote.security_group = SomeId<SecurityGroup>();
      break;
    case 2:
      rule.remote.subnet = SomeId<Subnet>();
      break;
    default:
      rule.remote.vpc = SomeId<Vpc>();
  }
  return rule;
}

void ObjectGenerator::Fill(SecurityGroup& group) {
  group.vpc = MaybeId<Vpc>();
  group.rules.resize(Number(0, 4));
  for (SecurityRule& rule : group.rules) rule = Rule();
}

void ObjectGenerator::Fill(LoadBalancer& balancer) {
  balancer.public_ip = SomeId<PublicIp>();
  balancer.listeners.resize(Number(0, 3));
  for (LoadBalancer::Listener& listener : balancer.listeners) {
    if (Coin()) listener.name = Name();
    listener.port = Number(1, 65535);
    listener.routes = SomeIds<L4Route>();
  }
  if (Coin()) return;
  LoadBalancer::BackendNetwork& network = balancer.backend_network.emplace();
  network.vpc = SomeId<Vpc>();
  network.subnets.resize(Number(0, 3));
  for (auto& each : network.subnets) {
    each.zone = Pick({"a", "b", "c"});
    each.subnet = SomeId<Subnet>();
  }
}

void ObjectGenerator::Fill(BackendPool& pool) {
  pool.backends = SomeIds<VirtualMachine>();
}

void ObjectGenerator::Fill(BackendService& service) {
  service.port = Number(1, 65535);
  service.pool = MaybeId<BackendPool>();
  service.proxy_protocol = Coin();
  if (Coin()) service.ip_protocol = IpProtocol::kIpv6;
  if (Coin()) return;
  service.health_check = {.interval = Delay(),
                          .timeout = Delay(),
                          .healthy_threshold = Number(1, 10),
                          .unhealthy_threshold = Number(1, 10),
                          .target_port = Number(0, 65535)};
}

void ObjectGenerator::Fill(L4Route& route) {
  route.default_service = MaybeId<BackendService>();
}

void ObjectGenerator::Fill(VirtualMachine& machine) {
  machine.compute_profile = Pick({"a1a.s", "c1a.xl", "/compute/elsewhere/x"});
  for (const Id<Disk>& disk : SomeIds<Disk>()) {
    machine.disks.push_back({.disk = disk, .boot = machine.disks.empty()});
  }
  machine.zone = Pick({"", "a", "b", "c"});
  machine.placement_group = MaybeId<PlacementGroup>();
  machine.subnet = MaybeId<Subnet>();
  machine.stack_type = static_cast<StackType>(Number(0, 3));
  machine.public_ip = MaybeId<PublicIp>();
  machine.security_groups = SomeIds<SecurityGroup>();
  machine.running = Coin();
  if (Coin()) machine.user_data = "#cloud-config\n";
  if (Coin()) machine.ssh_authorized_keys = {"ssh-ed25519 AAAA"};
}

void ObjectGenerator::Fill(Disk& disk) {
  disk.image = Pick({"", "ubuntu.24-04.1", "/compute/projects/p/images/x"});
  if (Coin()) {
    disk.size = DiskSize{.amount = Number(1, 10000),
                         .unit = Pick({"KB", "MB", "GB", "TB"})};
  }
  disk.zone = Pick({"", "a", "b", "c"});
}

void ObjectGenerator::Fill(PlacementGroup& group) {
  group.zone = Pick({"", "a", "b", "c"});
  group.strategy = Pick({"spread", "cluster"});
}

void ObjectGenerator::Fill(HotswapAttachment& attachment) {
  attachment.disk = SomeId<Disk>();
  attachment.machine = SomeId<VirtualMachine>();
}

}  // namespace evroc::cloud
