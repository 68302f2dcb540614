/** The packer as OPC 30050 (PackML) shows it: Status, Admin and the state machine, from the published nodeset. */
import { DataType, VariantArrayType, nodesets, type AddressSpace, type Namespace, type VariantLike } from "node-opcua";
import type { PlantConfig } from "../../config/schema.ts";
import type { Value } from "../../model/sample.ts";
import { MICROS_PER_SECOND } from "../../model/units.ts";
import { PACKML_NAMES, packer } from "../devices.ts";
import type { Moment } from "../factory.ts";
import { plain, showing, text, variableAt, type Show } from "./show.ts";

export const packerNodesets: readonly string[] = [nodesets.standard, nodesets.di, nodesets.packML];
const PACKML_URI = "http://opcfoundation.org/UA/PackML/";

const OPTIONALS = [
  "Admin.ProdProcessedCount",
  "Admin.ProdDefectiveCount",
  "Admin.StopReason",
  "Admin.MachDesignSpeed",
  "PackMLVersion",
  "TagID",
];

export function buildPacker(plant: PlantConfig, addressSpace: AddressSpace, namespace: Namespace): Show {
  const index = addressSpace.getNamespaceIndex(PACKML_URI);
  const type = addressSpace.findObjectType("PackMLBaseObjectType", index);
  const countType = addressSpace.findDataType("PackMLCountDataType", index);
  const alarmType = addressSpace.findDataType("PackMLAlarmDataType", index);
  if (type === null || countType === null || alarmType === null) throw new Error("the PackML nodeset lacks its types");
  const node = type.instantiate({
    browseName: "Packer",
    namespace,
    nodeId: "s=Packer",
    organizedBy: addressSpace.rootFolder.objects,
    optionals: OPTIONALS,
  });
  const status = variableAt(node, "Status");
  // PackTags that the information model leaves to its state machine and to the line's own system; makers add them here.
  const added = (name: string, dataType: DataType) =>
    namespace.addVariable({ componentOf: status, browseName: name, nodeId: `s=Packer-Status-${name}`, dataType });
  const state = added("StateCurrent", DataType.Int32);
  const productId = added("ProductID", DataType.Int32);
  const orderNumber = added("OrderNumber", DataType.String);

  const fixed: readonly (readonly [string, VariantLike])[] = [
    ["TagID", { dataType: DataType.String, value: "PACKER-01" }],
    ["PackMLVersion", { dataType: DataType.String, value: "2015.01" }],
    ["Admin/MachDesignSpeed", { dataType: DataType.Float, value: fastest(plant) }],
    ["Status/MachSpeed", { dataType: DataType.Float, value: fastest(plant) }],
  ];
  for (const [path, variant] of fixed) variableAt(node, path).setValueFromSource(variant);

  const count =
    (acc: (moment: Moment) => number, ofOrder: (moment: Moment) => number) =>
    (_value: Value, moment: Moment): VariantLike => ({
      dataType: DataType.ExtensionObject,
      arrayType: VariantArrayType.Array,
      value: [
        addressSpace.constructExtensionObject(countType, {
          ID: packer.product(moment),
          Name: moment.segment.product?.key ?? "",
          Count: ofOrder(moment),
          AccCount: acc(moment),
        }),
      ],
    });
  const reasons = plant.machines["packer"]?.signals.stopReason?.map ?? {};
  const stopReason = (code: Value): VariantLike => ({
    dataType: DataType.ExtensionObject,
    value: addressSpace.constructExtensionObject(alarmType, {
      ID: Number(code),
      Value: 0,
      Message: reasons[String(code)] ?? "",
      Category: Math.floor(Number(code) / 100),
    }),
  });
  const depth = (level: number) => (moment: Moment) => PACKML_NAMES[packer.state(moment)]?.[level] ?? "";
  const at = (path: string) => variableAt(node, path);
  return showing([
    { variable: state, value: packer.state, variant: plain(DataType.Int32) },
    { variable: at("BaseStateMachine/CurrentState"), value: depth(0), variant: text },
    { variable: at("BaseStateMachine/MachineState/CurrentState"), value: depth(1), variant: text },
    { variable: at("BaseStateMachine/MachineState/ExecuteState/CurrentState"), value: depth(2), variant: text },
    { variable: at("Status/UnitModeCurrent"), value: packer.mode, variant: plain(DataType.Int32) },
    { variable: at("Status/EquipmentStarved"), value: packer.starved, variant: plain(DataType.Boolean) },
    { variable: at("Status/EquipmentBlocked"), value: packer.blocked, variant: plain(DataType.Boolean) },
    { variable: at("Status/CurMachSpeed"), value: packer.speed, variant: plain(DataType.Float) },
    { variable: at("Admin/StopReason"), value: packer.stopReason, variant: stopReason },
    {
      variable: at("Admin/ProdProcessedCount"),
      value: packer.processed,
      variant: count(packer.processed, (moment) => moment.orderTotal),
    },
    {
      variable: at("Admin/ProdDefectiveCount"),
      value: packer.defective,
      variant: count(packer.defective, (moment) => moment.orderScrap),
    },
    { variable: productId, value: packer.product, variant: plain(DataType.Int32) },
    { variable: orderNumber, value: packer.order, variant: plain(DataType.String) },
  ]);
}

/** Boxes a minute of the fastest recipe. */
function fastest(plant: PlantConfig): number {
  const cycles = Object.values(plant.products).flatMap(({ idealCycleOn }) => idealCycleOn["packer"] ?? []);
  return cycles.length === 0 ? 0 : (60 * MICROS_PER_SECOND) / 1000 / Math.min(...cycles);
}
